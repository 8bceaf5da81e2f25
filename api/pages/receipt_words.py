"""What stands on receipts, in Dutch."""

DUTCH = {
    "A person has something to settle.": "Iemand moet hier nog iets afhandelen.",
    "A part of this refund is still open: we will settle it": (
        "Een deel van deze terugbetaling staat nog open: wij handelen het af"
    ),
    "About this paper": "Over dit bewijs",
    "Approved by": "Goedgekeurd door",
    "As text": "Als tekst",
    "Audit": "Audit",
    "Back to the till": "Terug naar de kassa",
    "Balance left": "Resterend saldo",
    "Bill": "Rekening",
    "Cancelled": "Geannuleerd",
    "Cancelling": "Wordt geannuleerd",
    "Card": "Kaart",
    "Cash": "Contant",
    "Cashier": "Medewerker",
    "Completed": "Voltooid",
    "Completing": "Wordt voltooid",
    "Date": "Datum",
    "Delivery": "Bezorging",
    "Expired": "Verlopen",
    "Fees": "Kosten",
    "Gift card": "Cadeaukaart",
    "Given back": "Terugbetaald",
    "Gratuity": "Fooi",
    "How it stands": "Hoe het ervoor staat",
    "Its code cannot be read now. Load this page again.": (
        "De code is nu niet te lezen. Laad deze pagina opnieuw."
    ),
    "Look again": "Kijk opnieuw",
    "New balance": "Nieuw saldo",
    "No receipt any more": "Geen bon meer",
    "No receipt yet": "Nog geen bon",
    "Not finished: a vendor has still to answer. It goes on by itself.": (
        "Nog niet klaar: een aanbieder moet nog antwoorden. Het gaat vanzelf verder."
    ),
    "Not paid yet": "Nog niet betaald",
    "Nothing was sold. This is no receipt.": "Er is niets verkocht. Dit is geen bon.",
    "Number": "Nummer",
    "Of receipt": "Van bon",
    "Open": "Open",
    "Other": "Overig",
    "Pages": "Pagina's",
    "Paid": "Betaald",
    "Paid with": "Betaald met",
    "Pending": "Onderweg",
    "Points": "Punten",
    "Points earned": "Gespaarde punten",
    "Points given back": "Punten teruggegeven",
    "Points taken back": "Punten teruggenomen",
    "Prepaid": "Tegoed",
    "Print": "Afdrukken",
    "Print it before the payment: the customer scans the code in the app and picks vouchers. "
    "The bill then changes by itself; load this page again.": (
        "Druk af vóór het betalen: de klant scant de code in de app en kiest vouchers. "
        "De rekening past zich vanzelf aan; laad deze pagina opnieuw."
    ),
    "QR code": "QR-code",
    "Ready": "Klaar om te betalen",
    "Reason": "Reden",
    "Receipt": "Kassabon",
    "References": "Referenties",
    "Refund": "Terugbetaling",
    "Refunded": "Terugbetaald",
    "Refunded in part": "Deels terugbetaald",
    "Refunds": "Terugbetalingen",
    "Rounding": "Afronding",
    "Scan to collect your points:": "Scan om uw punten te sparen:",
    "Scan to use your vouchers:": "Scan om uw vouchers te gebruiken:",
    "Service": "Service",
    "Skip to the content": "Naar de inhoud",
    "Something is still open: we will settle it.": "Er staat nog iets open: wij handelen het af.",
    "Tax": "Belasting",
    "The customer was not found: no points were changed": (
        "De klant is niet gevonden: er zijn geen punten gewijzigd"
    ),
    "The payment is in, and the sale is being completed. Look again in a moment.": (
        "De betaling is binnen en de verkoop wordt voltooid. Kijk zo opnieuw."
    ),
    "The points do not add up yet: we will look at them": (
        "De punten kloppen nog niet: wij kijken ernaar"
    ),
    "The points of these goods are settled later": (
        "De punten van deze artikelen worden later verrekend"
    ),
    "The points of these goods are spent already: we will look at them": (
        "De punten van deze artikelen zijn al uitgegeven: wij kijken ernaar"
    ),
    "The receipt of the sale": "De bon van de verkoop",
    "The sale is being cancelled: all is given back. Look again in a moment.": (
        "De verkoop wordt geannuleerd: alles wordt teruggegeven. Kijk zo opnieuw."
    ),
    "The sale is complete, but its receipt is not kept any more.": (
        "De verkoop is voltooid, maar de bon wordt niet meer bewaard."
    ),
    "The sale is not paid. Its receipt is here once the payment is in.": (
        "De verkoop is niet betaald. De bon staat hier zodra de betaling binnen is."
    ),
    "Tip": "Fooi",
    "To give back": "Terug te geven",
    "To pay": "Te betalen",
    "Total": "Totaal",
    "Wallet": "Wallet",
    "What came back": "Wat is teruggebracht",
    "What is given back, and where to": "Wat wordt teruggegeven, en waarheen",
    "What was sold": "Wat is verkocht",
    "What was spent for this sale cannot be given back by itself: we will make it good": (
        "Wat voor deze verkoop is verbruikt, komt niet vanzelf terug: wij maken het goed"
    ),
    "You saved": "Uw voordeel",
    "Your gift card": "Uw cadeaukaart",
    "by the till": "via de kassa",
    "given back": "teruggegeven",
    "not yet given back": "nog niet teruggegeven",
    "on its way": "onderweg",
    "open": "open",
    "to follow": "volgen nog",
    **{"January": "januari", "February": "februari", "March": "maart", "April": "april"},
    **{"May": "mei", "June": "juni", "July": "juli", "August": "augustus"},
    **{"September": "september", "October": "oktober", "November": "november"},
    "December": "december",
}
