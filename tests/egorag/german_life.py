"""Four days of a German family, as lines with speakers, and the questions about them."""

from __future__ import annotations

from tests.egorag.lives import at

ASKED = at("2026-09-21T20:00:00")  # a Monday
SAID = tuple(
    (at(f"2026-09-{when}:00"), who, words)
    for when, who, words in (
        ("18T08:20", "me", "Ich hab die Brotdose für Paul auf die Anrichte gestellt."),
        ("18T12:30", "Frau Kröger", "Der Elternabend ist am Donnerstag um sieben in der Aula."),
        ("18T12:32", "me", "Gut, da bin ich dabei."),
        ("18T19:30", "Henning", "Die Lasagne ist super geworden."),
        ("18T19:34", "Birte", "Ich nehm noch ein Stück, danke."),
        ("18T19:40", "me", "Über Silvester fahren wir nach Rügen."),
        ("18T19:45", "Birte", "Weihnachten feiern wir diesmal bei meinen Eltern in Goslar."),
        ("19T10:05", "me", "Ich hab mir fünf Brötchen und einen Mohnzopf gekauft."),
        ("19T10:06", "die Bäckerin", "Das macht sechs Euro vierzig."),
        ("19T14:15", "me", "Ich hab mit Paul den Zaun gestrichen, drei Stunden lang."),
        ("19T18:20", "Paul", "Mama, am Mittwoch hab ich Schwimmen, da brauch ich die Badehose."),
        ("19T20:30", "Henning", "An Ostern kann ich nicht, da muss ich arbeiten."),
        ("20T11:00", "Oma Ilse", "Zu Pfingsten komm ich euch besuchen."),
        ("20T11:05", "me", "Ich hab Oma Ilse versprochen, am Samstag ihre Gardinen aufzuhängen."),
        ("20T15:40", "Birte", "Der Kuchen ist mir verbrannt."),
        ("21T07:50", "me", "Morgen muss ich den Wagen zur Werkstatt bringen."),
        ("21T09:10", "Herr Sommer", "Die Konferenz am Mittwoch fällt aus."),
        ("21T12:40", "Yusuf", "Nächste Woche bin ich auf Fortbildung in Kassel."),
        ("21T13:00", "me", "Nächste Woche muss ich die Zeugnisse fertig schreiben."),
        ("21T16:10", "Frau Kröger", "Heiligabend hat der Hort zu."),
    )
)  # fmt: skip
