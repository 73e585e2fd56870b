"""The tables of what is kept of pictures beside thumbnails: their vectors, and storyboards."""

# Vectors of pictures hang on the thumbnails; a code is what the index in memory is made of, and
# `number` the revision at which it was written or moved in time, as with `vector_code`.
PICTURES = """
CREATE TABLE picture_vector (
    id INTEGER PRIMARY KEY, clip_id TEXT NOT NULL, number INTEGER NOT NULL, model TEXT NOT NULL,
    data BLOB NOT NULL, UNIQUE (clip_id, number, model),
    FOREIGN KEY (clip_id, number) REFERENCES thumbnail (clip_id, number) ON DELETE CASCADE);
CREATE TABLE picture_code (
    id INTEGER PRIMARY KEY REFERENCES picture_vector (id) ON DELETE CASCADE, model TEXT NOT NULL,
    dimension INTEGER NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL, code BLOB NOT NULL);
CREATE INDEX picture_code_number ON picture_code (number);
CREATE INDEX picture_code_model ON picture_code (model);
INSERT INTO revision VALUES ('picture', 0), ('picture_removed', 0), ('thumbnail', 0);
CREATE TRIGGER thumbnail_came AFTER INSERT ON thumbnail BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'thumbnail'; END;
CREATE TRIGGER picture_deleted AFTER DELETE ON picture_vector BEGIN
    UPDATE revision SET number = number + 1 WHERE name IN ('picture', 'picture_removed'); END;
CREATE TRIGGER thumbnail_moved AFTER UPDATE OF at ON thumbnail WHEN old.at <> new.at BEGIN
    UPDATE revision SET number = number + 1 WHERE name IN ('picture', 'thumbnail');
    UPDATE picture_code SET at = new.at,
        number = (SELECT number FROM revision WHERE name = 'picture')
    WHERE id IN (SELECT id FROM picture_vector
        WHERE clip_id = new.clip_id AND number = new.number); END;
"""

# Small pictures of every second or two of a clip, side by side in one file. `at` is when the first
# was taken, `offsets` (JSON) are the seconds from there to each. Thumbnails are kept by the same
# stage of ingest now, which leaves those recordings alone of which only summaries were to stay.
STORYBOARDS = """
CREATE TABLE storyboard (
    clip_id TEXT PRIMARY KEY REFERENCES clip (id) ON DELETE CASCADE,
    at REAL NOT NULL, offsets TEXT NOT NULL CHECK (
        json_valid(offsets) AND offsets GLOB '[[]*' AND offsets NOT GLOB '?*[[{"a-z]*'),
    columns INTEGER NOT NULL CHECK (columns > 0), width INTEGER NOT NULL, height INTEGER NOT NULL,
    path TEXT NOT NULL) WITHOUT ROWID;
CREATE VIEW picture_file AS
    SELECT clip_id, path FROM thumbnail UNION ALL SELECT clip_id, path FROM storyboard;
UPDATE OR IGNORE damage SET stage = 'pictures' WHERE stage = 'sights';
INSERT OR IGNORE INTO ledger SELECT clip_id, 'pictures', 'pictures-1' FROM memory
    WHERE clip_id IS NOT NULL AND model = 'thinned';
"""
