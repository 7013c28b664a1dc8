"""Writes `readings.csv`: python make_data.py > readings.csv

The readings are invented. The shape is that of real exports: quoted notes with commas, quotes, line breaks,
names beyond ASCII, empty fields, both kinds of line ends and a few blank lines.
"""

import csv
import datetime
import io
import random
import sys

PLACES = [
    ("Ålesund", 62.47, 6.15),
    ("Bern", 46.95, 7.45),
    ("Brno", 49.20, 16.61),
    ("Gdańsk", 54.35, 18.65),
    ("Heraklion, Crete", 35.34, 25.13),
    ("Kraków", 50.06, 19.94),
    ("Lund", 55.70, 13.19),
    ("Žilina", 49.22, 18.74),
    ("São Paulo", -23.55, -46.63),
    ("松本", 36.24, 137.97),
    ("Reykjavík", 64.15, -21.94),
    ("Tromsø", 69.65, 18.96),
]
NOTES = [
    "",
    "",
    "",
    "",
    "checked",
    'sensor "B", replaced',
    "rain, then snow",
    "ice on the mast\nread by hand",
    'said the observer: ""no wind at all""',
    "−40 °C is −40 °F",
]


def main():
    rng = random.Random(9)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["station", "place", "latitude", "longitude", "time", "celsius", "hectopascal", "note"])
    time = datetime.datetime(2024, 1, 1)
    for row in range(2500):
        station = rng.randrange(len(PLACES))
        place, latitude, longitude = PLACES[station]
        time += datetime.timedelta(minutes=rng.randrange(1, 30))
        celsius = "" if rng.random() < 0.03 else f"{rng.gauss(8, 9):.1f}"
        pressure = "" if rng.random() < 0.03 else f"{rng.gauss(1013, 9):.1f}"
        note = rng.choice(NOTES)
        where = [f"S{station:02}", place, latitude, longitude]
        writer.writerow([*where, time.isoformat(), celsius, pressure, note])
        if row % 500 == 499:
            out.write("\r\n")
    sys.stdout.buffer.write(out.getvalue().encode())


if __name__ == "__main__":
    main()
