"""The Dutch words of the saga and of breaking it."""

from collections.abc import Mapping

NL: Mapping[str, str] = {
    "The saga, live": "De saga, live",
    "On a page of its own": "Op een eigen pagina",
    "Asking how it stands ...": "Even kijken hoe het ervoor staat ...",
    "What stands behind it": "Wat erachter zit",
    "Close": "Sluiten",
    "Saga": "Saga",
    "Checkout": "Afrekening",
    "Back to the till": "Terug naar de kassa",
    "takes back step": "draait stap terug:",
    "attempts": "pogingen",
    "for good": "definitief",
    "The customer pays": "De klant betaalt",
    "from here on everything is carried forward": "vanaf hier gaat alles vooruit",
    "open": "open",
    "ready": "klaar om te betalen",
    "completing": "wordt afgerond",
    "completed": "afgerond",
    "cancelling": "wordt geannuleerd",
    "cancelled": "geannuleerd",
    "expired": "verlopen",
    "under way": "bezig",
    "for a person": "voor een medewerker",
    "done or begun": "gedaan of begonnen",
    "taken back": "teruggedraaid",
    "planned": "gepland",
    (
        "Temporal does not answer. The checkout is shown as it was last seen; nothing"
        " is lost, and it goes on by itself."
    ): (
        "Temporal antwoordt niet. De afrekening staat hier zoals ze het laatst gezien"
        " is; er gaat niets verloren en het gaat vanzelf verder."
    ),
    ("Nothing has been asked of a vendor yet, but for reading. Apply an offer or a gift card."): (
        "Er is nog niets van een leverancier gevraagd, behalve lezen. Gebruik een "
        "aanbieding of een cadeaukaart."
    ),
    "Steps": "Stappen",
    "Taken back, the newest first": "Teruggedraaid, het nieuwste eerst",
    "What payment will set in motion": "Wat de betaling in gang zet",
    "In the Temporal UI": "In de Temporal UI",
    "Audit": "Audit",
    "Receipt": "Bon",
    "calling": "wordt gevraagd",
    "asking again": "wordt opnieuw gevraagd",
    "applied": "gedaan",
    "in doubt": "onzeker",
    "undone": "teruggedraaid",
    "never sent": "nooit verstuurd",
    "refused": "geweigerd",
    "cannot be undone": "niet terug te draaien",
    "Step": "Stap",
    "Vendor": "Leverancier",
    "Amount": "Bedrag",
    "Can be undone": "Terug te draaien",
    "no, it is for good": "nee, het is definitief",
    "yes, or it need not be": "ja, of het hoeft niet",
    "Vendor's reference": "Kenmerk van de leverancier",
    "Idempotency key": "Idempotentiesleutel",
    "Correlation id": "Correlatie-id",
    "Our record of the request": "Onze vastlegging van de vraag",
    "Our record of the answer to": "Onze vastlegging van het antwoord op",
    "Done": "Gedaan",
    "Taken back": "Teruggedraaid",
    "Begun": "Begonnen",
    "Last sent": "Laatst verstuurd",
    "Ended": "Geëindigd",
    "Attempts": "Pogingen",
    "Stands at": "Staat op",
    "Refused as": "Geweigerd als",
    "A key with the scope support or audit shows the record of request and answer.": (
        "Een sleutel met de scope support of audit toont de vastlegging van vraag en antwoord."
    ),
    "It has not been sent yet, so there is no record of it.": (
        "Het is nog niet verstuurd, dus er is geen vastlegging van."
    ),
    "What the vendor's sandbox got": "Wat de sandbox van de leverancier kreeg",
    "hung up": "opgehangen",
    "carried out": "uitgevoerd",
    "not carried out": "niet uitgevoerd",
    "fault": "fout",
    "Call": "Aanroep",
    "Copied": "Gekopieerd",
    "Copy call": "Kopieer aanroep",
    "Break it yourself": "Maak het zelf stuk",
    "The vendors are the sandbox on this machine. Let them go wrong, and watch.": (
        "De leveranciers zijn de sandbox op deze machine. Laat ze fouten maken en "
        "kijk wat er gebeurt."
    ),
    "Where": "Waar",
    "whatever is asked next": "wat er ook gevraagd wordt",
    "What goes wrong": "Wat er misgaat",
    "How many times (0: for ever)": "Hoe vaak (0: altijd)",
    "Arm it": "Zet klaar",
    "Kill a process": "Dood een proces",
    (
        "With SIGKILL, in the middle of whatever it does. It starts again after three seconds."
    ): "Met SIGKILL, midden in waar het mee bezig is. Na drie seconden start het weer.",
    "Kill the worker": "Dood de worker",
    "Kill Temporal": "Dood Temporal",
    "The worker": "De worker",
    "Temporal": "Temporal",
    "Killed, as by a power cut. It starts again in three seconds: watch the saga.": (
        "Gedood, als bij stroomuitval. Het start over drie seconden weer: kijk naar de saga."
    ),
    "It is down already, and starts again in a moment.": "Het ligt er al uit en start zo weer.",
    "What is armed": "Wat er klaarstaat",
    "struck": "toegeslagen",
    "of": "van",
    "Take away": "Haal weg",
    "Nothing. All vendors answer as they should.": (
        "Niets. Alle leveranciers antwoorden zoals het hoort."
    ),
    "The sandbox does not take it:": "De sandbox neemt het niet aan:",
    "Look again": "Kijk opnieuw",
    "Clear all": "Haal alles weg",
    "It is armed. Go on at the till and watch.": "Het staat klaar. Ga verder aan de kassa en kijk.",
    "Nothing is armed any more.": "Er staat niets meer klaar.",
    "It is taken away.": "Het is weggehaald.",
    "reserve what the vendor cannot hold": "reserveer wat de leverancier niet kan vasthouden",
    "create the customer": "maak de klant aan",
    "lock the voucher": "zet de voucher vast",
    "pre-redeem the reward": "wissel de beloning vooraf in",
    "redeem the reward": "wissel de beloning in",
    "charge the gift card": "boek van de cadeaukaart af",
    "charge the prepaid credit": "boek van het tegoed af",
    "activate the voucher": "activeer de voucher",
    "spend points": "besteed punten",
    "redeem the coupon": "wissel de coupon in",
    "burn the voucher": "verbruik de voucher",
    "post the transaction": "meld de transactie",
    "finalise the bill": "maak de rekening definitief",
    "redeem the voucher": "wissel de voucher in",
    "collect the reward": "haal de beloning op",
    "load the sold gift card": "laad de verkochte cadeaukaart",
    "top up the prepaid credit": "waardeer het tegoed op",
    "report the sale": "meld de verkoop",
    "post the order and earn points": "meld de bestelling en spaar punten",
}
