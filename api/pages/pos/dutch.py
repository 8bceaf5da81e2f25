"""What the till says in Dutch, by what it says in English."""

DUTCH = {
    # the page
    "A customer's card, a voucher, a gift card, an e-mail address or an article.": (
        "Een klantenkaart, voucher, cadeaukaart, e-mailadres of artikel."
    ),
    "Answer": "Antwoord",
    "Back": "Terug",
    "Copy": "Kopiëren",
    "Close": "Sluiten",
    "Enter": "Invoeren",
    "Go there": "Daarheen",
    "Help": "Hulp",
    "Keyboard": "Toetsenbord",
    "Keys": "Toetsen",
    "Pages": "Pagina's",
    "Request": "Aanvraag",
    "Scan or type": "Scan of typ",
    "Show the call": "Toon de aanroep",
    "Skip to the content": "Naar de inhoud",
    "Store": "Winkel",
    "Store and terminal": "Winkel en kassa",
    "Terminal": "Kassa",
    "The till's server does not answer. Check the network, then do it again.": (
        "De server van de kassa antwoordt niet. Controleer het netwerk en doe het opnieuw."
    ),
    "This did not work": "Dit is niet gelukt",
    "What the till asks of our API stands here after the next thing that you do.": (
        "Hier staat na uw volgende handeling wat de kassa aan onze API vraagt."
    ),
    # goods and basket
    "Basket": "Mandje",
    "Goods": "Artikelen",
    "Cheesecake": "Kwarktaart",
    "Coffee beans": "Koffiebonen",
    "Cola": "Cola",
    "Flat white": "Flat white",
    "Loose tea": "Losse thee",
    "Lunch for two": "Lunch voor twee",
    "Muffin": "Muffin",
    "Orange juice": "Sinaasappelsap",
    "Pot of tea": "Pot thee",
    "Snack bar": "Reep",
    "Another amount": "Ander bedrag",
    "Amount": "Bedrag",
    "E-mail address of who gets it": "E-mailadres van de ontvanger",
    "Fees": "Kosten",
    "Into the basket": "In het mandje",
    "Keep it open": "Openhouden",
    "Nothing yet. Choose goods or scan; a card that is scanned first is kept for the bill.": (
        "Nog niets. Kies artikelen of scan; een kaart die eerst komt, wordt voor de bon bewaard."
    ),
    "One less:": "Eén minder:",
    "One more:": "Eén meer:",
    "Open for": "Open voor",
    "Paid": "Betaald",
    "Remove:": "Verwijderen:",
    "Scan the gift card": "Scan de cadeaukaart",
    "Sell a digital gift card": "Digitale cadeaukaart verkopen",
    "Sell a gift card": "Cadeaukaart verkopen",
    "Tax": "Belasting",
    "The customer saves": "De klant bespaart",
    "New here: they agree to be kept as a customer": (
        "Nieuw hier: hij of zij wil als klant bewaard worden"
    ),
    "They agree to be kept as a customer": "Hij of zij wil als klant bewaard worden",
    "To pay": "Te betalen",
    "Top up prepaid": "Tegoed opwaarderen",
    "Gift card": "Cadeaukaart",
    "Prepaid credit": "Tegoed",
    "Credit belongs to a customer: scan the card first, then top up.": (
        "Tegoed hoort bij een klant: scan eerst de kaart, waardeer dan op."
    ),
    # the customer
    "Ask all vendors": "Vraag alle aanbieders",
    "Card": "Kaart",
    "Code": "Code",
    "Customer": "Klant",
    "E-mail address or card number": "E-mailadres of kaartnummer",
    "Identify": "Herkennen",
    "Identify by hand": "Met de hand herkennen",
    "Nobody yet. Scan a card or type an e-mail address (F2).": (
        "Nog niemand. Scan een kaart of typ een e-mailadres (F2)."
    ),
    "None of these": "Geen van deze",
    "Offers": "Aanbiedingen",
    "Rewards": "Beloningen",
    "Scan a card or type an e-mail address (F2).": "Scan een kaart of typ een e-mailadres (F2).",
    "Scan the customer's card.": "Scan de kaart van de klant.",
    "Scan the voucher.": "Scan de voucher.",
    "Take off": "Weghalen",
    "Take off:": "Weghalen:",
    "Use": "Gebruiken",
    "Use:": "Gebruiken:",
    "Voucher": "Voucher",
    "What is this code?": "Wat is deze code?",
    "Whose card it is": "Van wie de kaart is",
    "for": "voor",
    "for free": "gratis",
    "from": "vanaf",
    "gives no answer now; the sale goes on without it.": (
        "antwoordt nu niet; de verkoop gaat zonder verder."
    ),
    "held for": "vastgehouden voor",
    "kept for the bill": "bewaard voor de bon",
    "off": "korting",
    "points": "punten",
    "points to go": "punten te gaan",
    "prepaid": "tegoed",
    "priced by the vendor": "prijs van de aanbieder",
    "saves": "bespaart",
    "until": "tot",
    # stored value
    "Amount, or empty for all that it can": "Bedrag, of leeg voor alles wat kan",
    "Amount, or empty for all that they can": "Bedrag, of leeg voor alles wat kan",
    "Charge it": "Afschrijven",
    "Gift card or prepaid": "Cadeaukaart of tegoed",
    "Gift cards, credit and points": "Cadeaukaarten, tegoed en punten",
    "Give back": "Teruggeven",
    "Give back:": "Teruggeven:",
    "Pay with a gift card, credit or points": "Betalen met cadeaukaart, tegoed of punten",
    "Points": "Punten",
    "Scan a gift card or a payment code, and it pays what it can (F8).": (
        "Scan een cadeaukaart of betaalcode; die betaalt wat hij kan (F8)."
    ),
    "Take points": "Punten gebruiken",
    "Take prepaid credit": "Tegoed gebruiken",
    "left on it": "over",
    # paying
    "All vendors have agreed.": "Alle aanbieders zijn akkoord.",
    "A part was refused by its vendor. The amount to pay is new.": (
        "Een deel is door de aanbieder geweigerd. Het te betalen bedrag is nieuw."
    ),
    "A vendor's answer is outstanding. Do not take the money yet; the page goes on by itself.": (
        "Een antwoord van een aanbieder blijft uit. Neem het geld nog niet aan; de pagina gaat "
        "vanzelf verder."
    ),
    "Amount on the card": "Bedrag op de pin",
    "Authorised": "Geautoriseerd",
    "Back to the basket": "Terug naar het mandje",
    "Capture the card payment now.": "Incasseer nu de pinbetaling.",
    "Captured": "Geïncasseerd",
    "Card terminal": "Pinautomaat",
    "Cash": "Contant",
    "Close the bill": "Bon sluiten",
    "Declined": "Geweigerd",
    "Declined, no other way to pay": "Geweigerd, geen andere betaling",
    "Everything is being given back.": "Alles wordt teruggegeven.",
    "Give back to the customer:": "Teruggeven aan de klant:",
    "Into the drawer": "In de lade",
    "One moment.": "Eén moment.",
    "Paid at once": "Meteen betaald",
    "Payment": "Betaling",
    "Payments": "Betalingen",
    "Point of no return.": "Geen weg terug.",
    "Rounded to coins:": "Afgerond op munten:",
    "The customer gives": "De klant geeft",
    "The payment": "De betaling",
    "The sale cannot be made as planned. Nothing is captured.": (
        "De verkoop kan niet zo doorgaan. Er is niets geïncasseerd."
    ),
    "The sale is being settled; the page goes on by itself.": (
        "De verkoop wordt afgewikkeld; de pagina gaat vanzelf verder."
    ),
    "There is more to collect.": "Er is meer te innen.",
    "To payment": "Naar betaling",
    "To payment in one step": "Naar betaling in één stap",
    "To payment in two steps": "Naar betaling in twee stappen",
    "Void the card payment.": "Annuleer de pinbetaling.",
    "Voided": "Vervallen",
    "What is marked cannot be taken back once it runs. Are the customer and the amount right?": (
        "Wat gemarkeerd is, kan niet terug zodra het loopt. Kloppen de klant en het bedrag?"
    ),
    "What the payment sets in motion": "Wat de betaling in gang zet",
    "What the terminal says:": "Wat de automaat zegt:",
    "In one step, what cannot be undone runs at once; in two, when the card is authorised.": (
        "In één stap loopt wat niet terug kan zodra u naar betaling gaat; in twee stappen bij de "
        "autorisatie van de pin."
    ),
    "cannot be undone": "kan niet terug",
    "Two minutes are left.": "Nog twee minuten.",
    "One minute is left.": "Nog één minuut.",
    # the end
    "A colleague has to look at this": "Een collega moet hiernaar kijken",
    "Cancel the bill": "Bon annuleren",
    "Cancel the bill?": "Bon annuleren?",
    "Cancelled.": "Geannuleerd.",
    "Forgot the card? Scan it now, and the points are booked afterwards.": (
        "Kaart vergeten? Scan hem nu, dan worden de punten achteraf geboekt."
    ),
    "Give the whole sale back": "De hele verkoop terugnemen",
    "Give these lines back": "Deze regels terugnemen",
    "Give to the customer:": "Geef de klant:",
    "Given up: nobody went on with it.": "Opgegeven: niemand ging ermee verder.",
    "Next customer": "Volgende klant",
    "Nothing is held and nothing is charged any more.": (
        "Er wordt niets meer vastgehouden en niets meer afgeschreven."
    ),
    "Reason": "Reden",
    "Receipt": "Kassabon",
    "Refund": "Terugbetaling",
    "Sold.": "Verkocht.",
    "Something is still being told to a vendor; it goes on by itself.": (
        "Een aanbieder wordt nog ingelicht; dat gaat vanzelf."
    ),
    "The customer need not wait for it.": "De klant hoeft er niet op te wachten.",
    "To the attention desk": "Naar de aandachtslijst",
    "What is held is set free, and what is charged is given back.": (
        "Wat vastgehouden is, komt vrij; wat afgeschreven is, gaat terug."
    ),
    "brought back": "teruggebracht",
    "now": "nu",
    "points at": "punten bij",
    "the customer has left": "de klant is weg",
    # the help
    "A scanner may be used at any time: what it reads goes to the scan field by itself.": (
        "Scannen kan altijd: wat de scanner leest, komt vanzelf in het scanveld."
    ),
    "Back; with an open bill, cancel it (asks first)": (
        "Terug; bij een open bon annuleren (vraagt eerst)"
    ),
    "Keys of the till": "Toetsen van de kassa",
    "Scan a voucher": "Scan een voucher",
    "Send what was typed": "Verstuur wat getypt is",
    "The customer's rewards, or scan the card": "De beloningen van de klant, of scan de kaart",
    "To payment; then what the terminal says; then the next customer": (
        "Naar betaling; dan wat de automaat zegt; dan de volgende klant"
    ),
    "To the next field or button": "Naar het volgende veld of de volgende knop",
    # what was done
    "A bill needs a line. Is it to be cancelled?": "Een bon heeft een regel nodig. Annuleren?",
    "Added.": "Toegevoegd.",
    "Cash is in the drawer.": "Het geld is in de lade.",
    "Change:": "Wisselgeld:",
    "It is given back.": "Het is teruggegeven.",
    "It is paid.": "Het is betaald.",
    "It pays its part.": "Het betaalt zijn deel.",
    "Noted.": "Genoteerd.",
    "Ready to be paid.": "Klaar om te betalen.",
    "The basket is changed.": "Het mandje is gewijzigd.",
    "The basket is open again.": "Het mandje is weer open.",
    "The bill is cancelled; what it held is given back.": (
        "De bon is geannuleerd; wat hij vasthield, is teruggegeven."
    ),
    "The bill is open.": "De bon is open.",
    "The bill stays open.": "De bon blijft open.",
    "The card is authorised.": "De pin is geautoriseerd.",
    "The card was declined.": "De pin is geweigerd.",
    "The code is noted. Now the goods.": "De code is genoteerd. Nu de artikelen.",
    "The customer is known.": "De klant is bekend.",
    "The customer is noted. Now the goods.": "De klant is genoteerd. Nu de artikelen.",
    "The gift card is in the basket. It is loaded once it is paid.": (
        "De cadeaukaart is in het mandje. Na betaling wordt hij geladen."
    ),
    "The offer is free again.": "De aanbieding is weer vrij.",
    "The offer is on the bill.": "De aanbieding staat op de bon.",
    "The payment failed.": "De betaling is mislukt.",
    "The payment is void.": "De betaling is vervallen.",
    "The points go to the customer.": "De punten gaan naar de klant.",
    "The refund is on its way.": "De terugbetaling is onderweg.",
    "The top-up is in the basket. It is loaded once it is paid.": (
        "De opwaardering is in het mandje. Na betaling wordt ze geladen."
    ),
    "This code has several meanings. Which one is meant?": (
        "Deze code kan meer betekenen. Welke is bedoeld?"
    ),
    # ways out of trouble
    "Another till uses it now. Try again in a moment.": (
        "Een andere kassa gebruikt het nu. Probeer het zo weer."
    ),
    "Ask for another card, or sell without one.": "Vraag een andere kaart, of verkoop zonder.",
    "Ask the customer for a fresh code and scan that; the basket stays as it is.": (
        "Vraag de klant om een nieuwe code en scan die; het mandje blijft zoals het is."
    ),
    "Check the code, and scan it again.": "Controleer de code en scan opnieuw.",
    "Choose less: a part was given back before.": "Kies minder: een deel is al teruggegeven.",
    "Correct the field and send it again.": "Verbeter het veld en verstuur het opnieuw.",
    "Give the whole line back.": "Neem de hele regel terug.",
    "Go back to the basket first (Esc).": "Ga eerst terug naar het mandje (Esc).",
    "Go on with what the page offers now.": "Ga verder met wat de pagina nu biedt.",
    "It is gone meanwhile. Tell the customer the new amount, and go on to payment.": (
        "Het is intussen weg. Zeg de klant het nieuwe bedrag en ga naar betaling."
    ),
    "It is on the bill already: take it off first, then choose another amount.": (
        "Het staat al op de bon: haal het eerst weg en kies dan een ander bedrag."
    ),
    "It is still being done. Try again in a moment.": "Het is nog bezig. Probeer het zo weer.",
    "Look at what is left to pay, and take that amount.": (
        "Kijk wat er nog te betalen is en neem dat bedrag."
    ),
    "Nothing is left to pay: go on to payment (F9).": (
        "Er is niets meer te betalen: ga naar betaling (F9)."
    ),
    "Scan it again and choose what it is.": "Scan opnieuw en kies wat het is.",
    "Scan it again, or go on without it. To sell a gift card, use its button.": (
        "Scan opnieuw of ga zonder verder. Een cadeaukaart verkopen kan met de knop daarvoor."
    ),
    "Scan the customer's card first (F2).": "Scan eerst de kaart van de klant (F2).",
    "Take a smaller amount, and the rest in another way.": (
        "Neem een kleiner bedrag en de rest op een andere manier."
    ),
    "Tell the customer, and go on without it.": "Zeg het de klant en ga zonder verder.",
    "The sale stands: give it back with a refund.": "De verkoop staat: neem hem terug.",
    "The till does not know what this code is worth. Go on without it.": (
        "De kassa weet niet wat deze code waard is. Ga zonder verder."
    ),
    "Try again in a moment, or go on without it.": "Probeer het zo weer, of ga zonder verder.",
    "Try again in a moment: nothing is done twice.": ("Probeer het zo weer: niets gebeurt dubbel."),
    "Wait a moment, then try again.": "Wacht even en probeer het weer.",
    "Wait a while before the next code, or call support.": (
        "Wacht een poos voor de volgende code, of bel support."
    ),
    # cases
    "A part of the refund could not be given back at the vendor.": (
        "Een deel van de terugbetaling lukte niet bij de aanbieder."
    ),
    "A part of what was sold is spent already.": "Een deel van het verkochte is al uitgegeven.",
    "A payment does not fit what was due.": "Een betaling past niet bij het bedrag.",
    "A payment was corrected after the sale.": "Een betaling is na de verkoop verbeterd.",
    "A stored value was gone when the customer had paid; the store bears it.": (
        "Een tegoed was weg toen de klant betaald had; de winkel draagt het."
    ),
    "A vendor refused its part after the customer had paid.": (
        "Een aanbieder weigerde nadat de klant betaald had."
    ),
    "A vendor's answer was lost; it is still being asked.": (
        "Het antwoord van een aanbieder is kwijt; er wordt nog naar gevraagd."
    ),
    "An offer was gone when the customer had paid; the store bears it.": (
        "Een aanbieding was weg toen de klant betaald had; de winkel draagt het."
    ),
    "Nobody knows yet whether the vendor has done its part.": (
        "Nog niemand weet of de aanbieder zijn deel gedaan heeft."
    ),
    "Something could not be taken back at the vendor.": (
        "Iets kon bij de aanbieder niet teruggenomen worden."
    ),
    "Something is spent although its sale failed: make it good to the customer.": (
        "Iets is verbruikt terwijl de verkoop mislukte: maak het goed met de klant."
    ),
    "The payments do not add up.": "De betalingen kloppen niet samen.",
    "The points of this sale were not booked.": "De punten van deze verkoop zijn niet geboekt.",
    "The points to take back are spent already.": "De punten om terug te nemen zijn al op.",
    "The till fell silent in the middle of a payment: look at the terminal.": (
        "De kassa viel stil midden in een betaling: kijk op de automaat."
    ),
    "What was sold was not loaded: the gift card or the credit.": (
        "Het verkochte is niet geladen: de cadeaukaart of het tegoed."
    ),
    # single words of the contract
    "applied": "toegepast",
    "attention": "aandacht",
    "authorised": "geautoriseerd",
    "available": "beschikbaar",
    "captured": "geïncasseerd",
    "card": "pin",
    "cash": "contant",
    "charged": "afgeschreven",
    "code": "code",
    "collectable reward": "op te halen beloning",
    "completed": "klaar",
    "coupon": "coupon",
    "deal": "actie",
    "declined": "geweigerd",
    "exchange": "ruil",
    "failed": "mislukt",
    "gift card": "cadeaukaart",
    "goodwill": "goedmaken",
    "held": "vastgehouden",
    "in doubt": "onzeker",
    "lost": "weg",
    "manual": "met de hand",
    "member": "klant",
    "none": "niets",
    "pending": "bezig",
    "planned": "gepland",
    "redeemed": "ingewisseld",
    "refused": "geweigerd",
    "released": "vrij",
    "reversed": "teruggegeven",
    "reward": "beloning",
    "subscription": "abonnement",
    "unmatched": "past niet",
    "voided": "vervallen",
    "voucher": "voucher",
    "wallet": "betaalcode",
    # what vendors do
    "activate the voucher": "de voucher activeren",
    "burn the voucher": "de voucher verbruiken",
    "charge the gift card": "de cadeaukaart afschrijven",
    "charge the prepaid credit": "het tegoed afschrijven",
    "collect the reward": "de beloning ophalen",
    "create the customer": "de klant aanmaken",
    "create the digital gift card": "de digitale cadeaukaart maken",
    "e-mail the gift card": "de cadeaukaart mailen",
    "finalise the bill": "de bon afsluiten",
    "give a part of the points back": "een deel van de punten teruggeven",
    "load the sold gift card": "de verkochte cadeaukaart laden",
    "lock the voucher": "de voucher vastzetten",
    "pay a part back to the gift card": "een deel terugbetalen op de cadeaukaart",
    "pay a part back to the prepaid credit": "een deel terugbetalen op het tegoed",
    "post the order and earn points": "de order melden en punten sparen",
    "post the transaction": "de transactie boeken",
    "pre-redeem the reward": "de beloning vooraf inwisselen",
    "redeem the coupon": "de coupon inwisselen",
    "redeem the reward": "de beloning inwisselen",
    "redeem the voucher": "de voucher inwisselen",
    "report the sale": "de verkoop melden",
    "reserve what the vendor cannot hold": "reserveren wat de aanbieder niet vasthoudt",
    "return a part of the sale": "een deel van de verkoop terugnemen",
    "spend points": "punten gebruiken",
    "take back the points of returned goods": "de punten van teruggebracht terugnemen",
    "take what is left of the top-up": "de rest van de opwaardering nemen",
    "take what is left off the sold gift card": "de rest van de cadeaukaart nemen",
    "top up the prepaid credit": "het tegoed opwaarderen",
    # the sandbox
    "Make codes; they live ten minutes": "Codes maken; ze leven tien minuten",
    "What to scan: the vendors of this store are a sandbox": (
        "Wat te scannen: de aanbieders van deze winkel zijn een sandbox"
    ),
    "account with coupons: identify it by hand": "account met coupons: met de hand herkennen",
    "card of Ann: points, vouchers and prepaid credit": "kaart van Ann: punten, vouchers, tegoed",
    "card with 7830 points": "kaart met 7830 punten",
    "card with points and vouchers": "kaart met punten en vouchers",
    "coupon from a newspaper: 1.50 off cola": "coupon uit een krant: 1.50 korting op cola",
    "coupon of the account: 1.00 off coffee": "coupon van het account: 1.00 korting op koffie",
    "coupon: 2.00 off": "coupon: 2.00 korting",
    "a voucher: 3.00 off": "een voucher: 3.00 korting",
    "gift card that is still to be sold": "cadeaukaart die nog verkocht moet worden",
    "gift card with 20.00": "cadeaukaart met 20.00",
    "gift card with 25.00; after the card": "cadeaukaart met 25.00; na de kaart",
    "only earns": "spaart alleen",
    "pays from a wallet with 40.00": "betaalt uit een tegoed van 40.00",
    "voucher from a flyer: 10% off": "voucher van een flyer: 10% korting",
    "voucher: a free flat white": "voucher: een gratis flat white",
}
