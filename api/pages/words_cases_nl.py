"""What cases of attention mean, in Dutch; the English words are `tillsaga.domain.attention_words`.

By code: the title, what happened, what to do, and what a retry does if there is one.
"""

from collections.abc import Iterator, Mapping

from tillsaga.domain.attention_words import WORDS

BY_CODE: Mapping[str, tuple[str, ...]] = {
    "undo_failed": (
        "Niet teruggenomen",
        "De leverancier weigerde iets terug te nemen, of niemand weet of dat is gebeurd.",
        "Vraag de leverancier waarom, en probeer het opnieuw. De klant is het misschien nog kwijt.",
        "Neemt het alsnog terug; niet als de verkoop laat is betaald en erop steunt.",
    ),
    "refund_failed": (
        "Niet teruggegeven",
        "Een deel van een terugbetaling is niet teruggegeven.",
        "Vraag de leverancier waarom, en probeer het opnieuw of geef het met de hand terug.",
        "Geeft het alsnog terug; de terugbetaling volgt.",
    ),
    "effect_unknown": (
        "Niemand weet of het is gebeurd",
        "Een antwoord ging verloren, en de leverancier liet zich er niet naar vragen.",
        "Zoek het op bij de leverancier, met de referentie en de tijd onder Bewijs.",
        "Vraagt opnieuw. Gevonden, en de verkoop telt erop: klaar. Gevonden, en niet nodig: "
        "teruggenomen, of een geval van coulance. Niet gevonden, en de betaalde verkoop telt "
        "erop: opnieuw verstuurd. Niet mogelijk waar de leverancier niet gevraagd kan worden "
        "(Koupon), of waar twee handelingen dezelfde transactie noemen.",
    ),
    "effect_in_doubt": (
        "Wordt nog gevraagd",
        "Een antwoord ging verloren en wij vragen nog; de verkoop ging door, zoals de winkel wil.",
        "Wacht: het sluit vanzelf. Wat iemand intussen afhandelt, verandert het antwoord niet "
        "meer; dat wordt alleen opgeschreven.",
    ),
    "commit_failed": (
        "Verkocht, en daarna geweigerd",
        "Verkocht in twijfel; het bleek een nee, en werd opnieuw geweigerd.",
        "Vraag de leverancier waarom, en probeer het opnieuw of laat de winkel het dragen.",
        "Verstuurt het opnieuw.",
    ),
    "earning_failed": (
        "Punten ontbreken",
        "Een leverancier nam de verkoop niet aan, dus de punten ontbreken.",
        "Probeer het opnieuw, of geef de klant de punten bij de leverancier zelf.",
        "Meldt de verkoop opnieuw. Niet voor een klant die niet kon worden aangemaakt of een "
        "geweigerde aanspraak: de klant kan het zelf opnieuw doen.",
    ),
    "delivery_failed": (
        "Verkocht tegoed niet geleverd",
        "Een verkochte kaart of opwaardering is niet geleverd, of de e-mail niet verstuurd.",
        "Probeer het opnieuw, of laad de kaart bij de leverancier: de klant heeft betaald.",
        "Levert vanaf de mislukte stap.",
    ),
    "offer_lost_after_payment": (
        "Aanbieding weg na de betaling",
        "Een betaalde aanbieding kan niet worden ingewisseld; de winkel draagt de korting.",
        "Probeer het opnieuw, of neem de korting als verlies van de winkel.",
        "Wisselt haar in, als het inwisselen mislukte; een verloren reservering, of een aanbieding "
        "binnen de verkoop van de leverancier zelf, is mensenwerk.",
    ),
    "tender_lost": (
        "Kaart of punten niet afgeschreven",
        "Een kaart of punten konden niet worden afgeschreven voor een verkoop die blijft staan.",
        "Probeer het opnieuw, of aanvaard dat dit deel niet is betaald.",
        "Schrijft het af, waar de leverancier dat buiten zijn eigen verkoop doet.",
    ),
    "offer_charged_to_store": (
        "Aanbieding voor rekening van de winkel",
        "Een aanbieding van een gesloten bon ging verloren, en de winkel draagt die zelf.",
        "Boek de korting op de winkel.",
    ),
    "goodwill": (
        "Voorgoed verbruikt",
        "Iets is voorgoed verbruikt, hoewel de verkoop mislukte of terugkwam.",
        "Maak het goed met de klant: een nieuwe voucher, punten of een kaart bij de leverancier.",
    ),
    "points_spent": (
        "Punten al uitgegeven",
        "Punten die een terugbetaling zou terugnemen, zijn al uitgegeven.",
        "Aanvaard het, of spreek met de klant af hoe de punten terugkomen.",
    ),
    "points_not_taken_back": (
        "Punten niet teruggenomen",
        "Goederen kwamen terug zonder hun verkoop, en de leverancier zei niet hoeveel punten dat "
        "zijn.",
        "Neem de punten bij de leverancier terug, of laat ze de klant.",
    ),
    "vendor_mismatch": (
        "Ander bedrag bij de leverancier",
        "De leverancier deed het, maar niet voor het gevraagde bedrag.",
        "Verbeter het bedrag bij de leverancier zelf.",
    ),
    "sale_changed": (
        "De leverancier kent een andere prijs",
        "Een leverancier kreeg een andere prijs te horen, en kan niet volgen.",
        "Vertel het de leverancier, of aanvaard het verschil.",
    ),
    "sold_value_spent": (
        "Verkocht tegoed al uitgegeven",
        "Een verkochte kaart of opwaardering is terugbetaald, terwijl een deel al was uitgegeven.",
        "Vraag de klant om het bedrag, of laat de winkel het dragen.",
    ),
    "payment_unknown": (
        "De kassa werd stil",
        "Een betaling was toegezegd of geïnd, en de kassa zei niets meer.",
        "Kijk bij de kassa en de automaat: laat die melden of de betaling geïnd of vervallen is.",
    ),
    "payment_unmatched": (
        "Betaling past bij geen verkoop",
        "Er is een betaling geïnd die niet past bij wat open stond.",
        "Vergelijk met het journaal van de automaat, en geef terug wat te veel is geïnd.",
    ),
    "payment_corrected": (
        "Betaling is verbeterd",
        "Een betaling was verkeerd gemeld; zoals verbeterd is ze niet wat de verkoop kostte.",
        "Int het verschil of geef het terug.",
    ),
    "payment_mismatch": (
        "Betalingen kloppen niet",
        "De betalingen van een gesloten bon zijn samen niet wat die kostte.",
        "Vergelijk de bon met het journaal van de automaat.",
    ),
    "refund_exceeds_payment": (
        "Meer teruggegeven dan betaald",
        "Nu een betaling is verbeterd, is er meer teruggegeven dan ze opbracht.",
        "Vraag de klant om het verschil, of laat de winkel het dragen.",
    ),
    "discount_mismatch": (
        "Meer korting dan de bon verdraagt",
        "Een gesloten bon kreeg meer korting dan de regels verdragen.",
        "Laat de winkel het verschil dragen, of verbeter de aanbiedingen van de kassa.",
    ),
    "bill_differs": (
        "De bon kwam twee keer, en verschilt",
        "Een gesloten bon kwam nog eens, met andere inhoud. De eerste geldt.",
        "Vraag de winkel welke klopt, en betaal het verschil terug of verkoop het.",
    ),
    "offer_not_given": (
        "Aanbieding niet gegeven",
        "Wat een leverancier vanzelf geeft, is op een gesloten bon niet gegeven: de klant heeft "
        "ervoor betaald.",
        "Geef de klant het bedrag, of maak het anders goed.",
    ),
    "code_not_taken": (
        "Code niet aangenomen",
        "Een gesloten bon kwam met een code die de leverancier niet aannam.",
        "Ga de code na bij de winkel, en boek haar bij de leverancier zelf.",
    ),
    "member_not_found": (
        "Klant niet gevonden",
        "Goederen kwamen terug zonder hun verkoop, en geen leverancier kent de klant.",
        "Zoek de klant bij de leverancier en neem de punten terug, of laat het zo.",
    ),
}


def _pairs() -> Iterator[tuple[str, str]]:
    for code, english in WORDS.items():
        said = (english.title, english.happened, english.to_do, english.retry)
        yield from zip((words for words in said if words), BY_CODE[code], strict=True)


CASES_NL: Mapping[str, str] = dict(_pairs())
