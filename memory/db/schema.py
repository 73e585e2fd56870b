"""The tables of a home, in the order in which they came; `migrations` applies each part once."""

# `end` is a word of SQL; the columns are called as the vocabulary calls them and are quoted.
SCHEMA = """
CREATE TABLE recording (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, path TEXT NOT NULL,
    start REAL NOT NULL, timezone TEXT NOT NULL, duration REAL NOT NULL,
    time_source TEXT NOT NULL, device TEXT NOT NULL,
    has_video INTEGER NOT NULL, has_audio INTEGER NOT NULL,
    state TEXT NOT NULL, note TEXT NOT NULL);
CREATE INDEX recording_start ON recording (start);
CREATE TABLE clip (
    id TEXT PRIMARY KEY,
    recording_id TEXT NOT NULL REFERENCES recording (id) ON DELETE CASCADE,
    start REAL NOT NULL, "end" REAL NOT NULL);
CREATE INDEX clip_recording ON clip (recording_id, start);
CREATE INDEX clip_start ON clip (start);
CREATE TABLE ledger (
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    stage TEXT NOT NULL, version TEXT NOT NULL,
    PRIMARY KEY (clip_id, stage)) WITHOUT ROWID;
CREATE TABLE utterance (
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    start REAL NOT NULL, "end" REAL NOT NULL, text TEXT NOT NULL, speaker TEXT NOT NULL,
    confidence REAL NOT NULL, language TEXT NOT NULL, words TEXT NOT NULL,
    PRIMARY KEY (clip_id, number)) WITHOUT ROWID;
CREATE TABLE sighting (
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE, stage TEXT NOT NULL,
    number INTEGER NOT NULL, kind TEXT NOT NULL, what TEXT NOT NULL,
    start REAL NOT NULL, "end" REAL NOT NULL, confidence REAL NOT NULL, box TEXT,
    count INTEGER NOT NULL,
    PRIMARY KEY (clip_id, stage, number)) WITHOUT ROWID;
CREATE TABLE thumbnail (
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    at REAL NOT NULL, path TEXT NOT NULL,
    PRIMARY KEY (clip_id, number)) WITHOUT ROWID;
CREATE TABLE memory (
    id INTEGER PRIMARY KEY, level TEXT NOT NULL, start REAL NOT NULL, "end" REAL NOT NULL,
    text TEXT NOT NULL, source_ids TEXT NOT NULL, model TEXT NOT NULL,
    clip_id TEXT REFERENCES clip (id) ON DELETE CASCADE, recording_id TEXT);
CREATE INDEX memory_level ON memory (level, start);
CREATE UNIQUE INDEX memory_clip ON memory (clip_id) WHERE clip_id IS NOT NULL;
CREATE TABLE vector (
    memory_id INTEGER NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
    model TEXT NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (memory_id, model)) WITHOUT ROWID;
CREATE TABLE stale (
    level TEXT NOT NULL, start REAL NOT NULL, "end" REAL NOT NULL, timezone TEXT NOT NULL,
    PRIMARY KEY (level, start, "end")) WITHOUT ROWID;
CREATE TABLE revision (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO revision VALUES ('vector', 0);
CREATE VIRTUAL TABLE memory_fts USING fts5 (
    text, content='memory', content_rowid='id', tokenize='porter unicode61');
INSERT INTO memory_fts (memory_fts, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER memory_inserted AFTER INSERT ON memory BEGIN
    INSERT INTO memory_fts (rowid, text) VALUES (new.id, new.text); END;
CREATE TRIGGER memory_deleted AFTER DELETE ON memory BEGIN
    INSERT INTO memory_fts (memory_fts, rowid, text) VALUES ('delete', old.id, old.text); END;
CREATE TRIGGER memory_updated AFTER UPDATE OF text ON memory BEGIN
    INSERT INTO memory_fts (memory_fts, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO memory_fts (rowid, text) VALUES (new.id, new.text); END;
CREATE TRIGGER vector_deleted AFTER DELETE ON vector BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'vector'; END;
"""

PEOPLE_AND_JOBS = """
ALTER TABLE recording ADD COLUMN take TEXT NOT NULL DEFAULT '';
ALTER TABLE recording ADD COLUMN clock_offset REAL NOT NULL DEFAULT 0;
ALTER TABLE recording ADD COLUMN kind TEXT NOT NULL DEFAULT 'video';
UPDATE recording SET kind = 'sound' WHERE has_video = 0;
ALTER TABLE utterance ADD COLUMN print_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sighting ADD COLUMN print_id INTEGER NOT NULL DEFAULT 0;
CREATE TABLE person (
    id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', number INTEGER NOT NULL UNIQUE,
    me INTEGER NOT NULL DEFAULT 0);
CREATE TABLE print (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL,
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    start REAL NOT NULL, "end" REAL NOT NULL, model TEXT NOT NULL, quality REAL NOT NULL,
    box TEXT, vector BLOB NOT NULL,
    person_id TEXT NOT NULL DEFAULT '', fixed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX print_clip ON print (clip_id, kind);
CREATE INDEX print_person ON print (person_id);
CREATE TABLE apart (
    one INTEGER NOT NULL, two INTEGER NOT NULL, PRIMARY KEY (one, two)) WITHOUT ROWID;
CREATE TABLE person_change (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, what TEXT NOT NULL, undo TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0);
CREATE TABLE damage (
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE, stage TEXT NOT NULL,
    number INTEGER NOT NULL, start REAL NOT NULL, "end" REAL NOT NULL, what TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (clip_id, stage, number)) WITHOUT ROWID;
CREATE TABLE device (name TEXT PRIMARY KEY, clock_offset REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE job (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, state TEXT NOT NULL, recording_id TEXT NOT NULL,
    reason TEXT NOT NULL, priority INTEGER NOT NULL, attempts INTEGER NOT NULL,
    not_before REAL NOT NULL, owner TEXT NOT NULL, lease_until REAL NOT NULL,
    added REAL NOT NULL, ended REAL NOT NULL, size INTEGER NOT NULL, modified REAL NOT NULL,
    stage TEXT NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL, seconds REAL NOT NULL,
    waits_for TEXT NOT NULL, options TEXT NOT NULL);
CREATE INDEX job_state ON job (state, priority, modified);
"""

EVENTS = """
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    recording_id TEXT NOT NULL REFERENCES recording (id) ON DELETE CASCADE,
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    start REAL NOT NULL, "end" REAL NOT NULL, activity TEXT NOT NULL, kind TEXT NOT NULL,
    verb TEXT NOT NULL, object TEXT NOT NULL, place TEXT NOT NULL, doer TEXT NOT NULL,
    quantity REAL, unit TEXT NOT NULL, minutes REAL, confidence REAL NOT NULL,
    quote TEXT NOT NULL, extractor TEXT NOT NULL);
CREATE INDEX event_activity ON event (activity, start);
CREATE INDEX event_start ON event (start);
CREATE INDEX event_recording ON event (recording_id);
CREATE INDEX event_of_clip ON event (clip_id);
CREATE TABLE event_clip (
    event_id INTEGER NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    PRIMARY KEY (event_id, clip_id)) WITHOUT ROWID;
CREATE INDEX event_clip_clip ON event_clip (clip_id);
CREATE TABLE event_person (
    event_id INTEGER NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    place INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
    PRIMARY KEY (event_id, name)) WITHOUT ROWID;
CREATE INDEX event_person_name ON event_person (name);
CREATE TABLE object_state (
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    object TEXT NOT NULL, start REAL NOT NULL, "end" REAL NOT NULL, state TEXT NOT NULL,
    place TEXT NOT NULL, doer TEXT NOT NULL, quote TEXT NOT NULL,
    PRIMARY KEY (clip_id, number)) WITHOUT ROWID;
CREATE INDEX object_state_object ON object_state (object, start);
CREATE VIRTUAL TABLE event_fts USING fts5 (
    quote, object, place, content='event', content_rowid='id', tokenize='porter unicode61');
INSERT INTO event_fts (event_fts, rank) VALUES ('secure-delete', 1);
CREATE TRIGGER event_inserted AFTER INSERT ON event BEGIN
    INSERT INTO event_fts (rowid, quote, object, place)
    VALUES (new.id, new.quote, new.object, new.place); END;
CREATE TRIGGER event_deleted AFTER DELETE ON event BEGIN
    INSERT INTO event_fts (event_fts, rowid, quote, object, place)
    VALUES ('delete', old.id, old.quote, old.object, old.place); END;
CREATE TRIGGER memory_retold AFTER UPDATE OF text ON memory WHEN new.clip_id IS NOT NULL BEGIN
    DELETE FROM ledger WHERE clip_id = new.clip_id AND stage = 'events'; END;
"""

# A vector of 1.5 kB leaves most of its page empty in a table WITHOUT ROWID: 4.6 kB a vector, not 2.
# A code is what the index in memory is made of: one byte a dimension. `number` is the revision at
# which it was written or moved in time, so that other processes find what is new.
VECTORS = """
CREATE TABLE vector_row (
    memory_id INTEGER NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
    model TEXT NOT NULL, data BLOB NOT NULL, UNIQUE (memory_id, model));
INSERT INTO vector_row SELECT vector.memory_id, vector.model, vector.data
    FROM memory JOIN vector ON vector.memory_id = memory.id ORDER BY memory.start, memory.id;
DROP TABLE vector;
ALTER TABLE vector_row RENAME TO vector;
CREATE TABLE vector_code (
    id INTEGER PRIMARY KEY, memory_id INTEGER NOT NULL, model TEXT NOT NULL,
    dimension INTEGER NOT NULL, number INTEGER NOT NULL, level TEXT NOT NULL,
    start REAL NOT NULL, "end" REAL NOT NULL, code BLOB NOT NULL, UNIQUE (memory_id, model));
CREATE INDEX vector_code_number ON vector_code (number);
INSERT INTO revision VALUES ('vector_removed', 0);
CREATE TRIGGER vector_deleted AFTER DELETE ON vector BEGIN
    DELETE FROM vector_code WHERE memory_id = old.memory_id AND model = old.model;
    UPDATE revision SET number = number + 1 WHERE name IN ('vector', 'vector_removed'); END;
CREATE TRIGGER memory_moved AFTER UPDATE OF start, "end" ON memory
    WHEN old.start <> new.start OR old."end" <> new."end" BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'vector';
    UPDATE vector_code SET start = new.start, "end" = new."end",
        number = (SELECT number FROM revision WHERE name = 'vector') WHERE memory_id = new.id; END;
"""

# How much there is of each day (86,400 s UTC, by when a clip starts), kept up as clips and their
# memories come, go and move. `number` rises with every change: what was read of a day is then old.
DAYS = """
CREATE TABLE clip_day (
    day INTEGER PRIMARY KEY, clips INTEGER NOT NULL, remembered INTEGER NOT NULL,
    number INTEGER NOT NULL);
INSERT INTO clip_day SELECT CAST(clip.start / 86400 AS INTEGER), count(*), count(memory.id), 1
    FROM clip LEFT JOIN memory ON memory.clip_id = clip.id GROUP BY 1;
CREATE TRIGGER clip_day_came AFTER INSERT ON clip BEGIN
    INSERT INTO clip_day VALUES (CAST(new.start / 86400 AS INTEGER), 1, 0, 1)
    ON CONFLICT (day) DO UPDATE SET clips = clips + 1, number = number + 1; END;
CREATE TRIGGER clip_day_went AFTER DELETE ON clip BEGIN
    UPDATE clip_day SET clips = clips - 1, number = number + 1
    WHERE day = CAST(old.start / 86400 AS INTEGER); END;
CREATE TRIGGER clip_day_moved AFTER UPDATE OF start, "end" ON clip BEGIN
    UPDATE clip_day SET clips = clips - 1, number = number + 1
    WHERE day = CAST(old.start / 86400 AS INTEGER);
    INSERT INTO clip_day VALUES (CAST(new.start / 86400 AS INTEGER), 1, 0, 1)
    ON CONFLICT (day) DO UPDATE SET clips = clips + 1, number = number + 1; END;
CREATE TRIGGER memory_day_came AFTER INSERT ON memory WHEN new.level = 'clip' BEGIN
    INSERT INTO clip_day VALUES (CAST(new.start / 86400 AS INTEGER), 0, 1, 1)
    ON CONFLICT (day) DO UPDATE SET remembered = remembered + 1, number = number + 1; END;
CREATE TRIGGER memory_day_went AFTER DELETE ON memory WHEN old.level = 'clip' BEGIN
    UPDATE clip_day SET remembered = remembered - 1, number = number + 1
    WHERE day = CAST(old.start / 86400 AS INTEGER); END;
CREATE TRIGGER memory_day_moved AFTER UPDATE OF start, "end" ON memory WHEN new.level = 'clip' BEGIN
    UPDATE clip_day SET remembered = remembered - 1, number = number + 1
    WHERE day = CAST(old.start / 86400 AS INTEGER);
    INSERT INTO clip_day VALUES (CAST(new.start / 86400 AS INTEGER), 0, 1, 1)
    ON CONFLICT (day) DO UPDATE SET remembered = remembered + 1, number = number + 1; END;
"""

# Summaries that a language model wrote: who has had its turn at one as it stands, and what each of
# its sentences rests on. One that is made again, whatever from, is to be written again.
WRITTEN = """
CREATE TABLE summary_turn (
    memory_id INTEGER PRIMARY KEY REFERENCES memory (id) ON DELETE CASCADE, writer TEXT NOT NULL);
CREATE TABLE summary_sentence (
    memory_id INTEGER NOT NULL REFERENCES memory (id) ON DELETE CASCADE, number INTEGER NOT NULL,
    text TEXT NOT NULL, source_ids TEXT NOT NULL,
    PRIMARY KEY (memory_id, number)) WITHOUT ROWID;
CREATE TRIGGER summary_made_again AFTER UPDATE OF text ON memory WHEN new.clip_id IS NULL BEGIN
    DELETE FROM summary_sentence WHERE memory_id = new.id;
    DELETE FROM summary_turn WHERE memory_id = new.id; END;
"""

CHOICES = """
CREATE TABLE preference (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
    detail TEXT NOT NULL);
"""

# What was forgotten, by its time alone, so that its file is not taken in again; `recording_id` is
# empty once nothing of the recording is left. `forgetting` is what has begun and must be finished.
FORGETTING = """
CREATE TABLE forgotten (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, recording_id TEXT NOT NULL,
    start REAL NOT NULL, "end" REAL NOT NULL);
CREATE INDEX forgotten_sha256 ON forgotten (sha256);
CREATE TABLE forgetting (id INTEGER PRIMARY KEY, todo TEXT NOT NULL);
"""

# What the owner says of answers. A question is kept as a digest only: enough to know it again. What
# was heard before a transcript was put right is kept so that it can be taken back.
FEEDBACK = """
CREATE TABLE verdict (
    question BLOB NOT NULL, clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    good INTEGER NOT NULL, PRIMARY KEY (question, clip_id)) WITHOUT ROWID;
CREATE INDEX verdict_clip ON verdict (clip_id);
CREATE TABLE rewording (
    id INTEGER PRIMARY KEY, clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    number INTEGER NOT NULL, what TEXT NOT NULL, heard TEXT NOT NULL, meant TEXT NOT NULL,
    words TEXT NOT NULL);
CREATE INDEX rewording_clip ON rewording (clip_id, number);
"""

# `told` rises whenever what the timeline shows changes other than by clips and their memories
# coming, going or moving, which `clip_day` counts: words, summaries, and who somebody is.
TOLD = """
INSERT INTO revision VALUES ('told', 0);
CREATE TRIGGER told_again AFTER UPDATE OF text ON memory WHEN old.text <> new.text BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'told'; END;
CREATE TRIGGER told_summary AFTER INSERT ON memory WHEN new.level <> 'clip' BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'told'; END;
CREATE TRIGGER told_no_more AFTER DELETE ON memory WHEN old.level <> 'clip' BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'told'; END;
CREATE TRIGGER told_name AFTER UPDATE OF name ON person WHEN old.name <> new.name BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'told'; END;
CREATE TRIGGER told_who AFTER UPDATE OF person_id ON print WHEN old.person_id <> new.person_id BEGIN
    UPDATE revision SET number = number + 1 WHERE name = 'told'; END;
"""

# What became of files, for whoever was not looking: ids only, so that nothing is left of a file
# that was taken off the list. It is written with the change itself, whichever process makes it.
# A delivery is a notice on its way to a hook; one that has arrived is deleted.
NOTICES = """
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL,
    job_id TEXT NOT NULL);
CREATE INDEX notice_job ON notice (job_id);
CREATE TABLE hook (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL, added REAL NOT NULL,
    reached REAL NOT NULL DEFAULT 0, trouble TEXT NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE TABLE delivery (
    notice_id INTEGER NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
    hook_id TEXT NOT NULL REFERENCES hook (id) ON DELETE CASCADE,
    attempts INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (notice_id, hook_id)) WITHOUT ROWID;
CREATE INDEX delivery_hook ON delivery (hook_id);
CREATE TRIGGER job_settled AFTER UPDATE OF state ON job
    WHEN new.state <> old.state AND new.path <> ''
    AND new.state IN ('done', 'quarantined', 'waiting') BEGIN
    INSERT INTO notice (at, kind, job_id) VALUES (
        (julianday('now') - 2440587.5) * 86400.0,
        CASE new.state WHEN 'done' THEN 'finished' WHEN 'waiting' THEN 'waiting' ELSE 'failed' END,
        new.id);
    INSERT INTO delivery (notice_id, hook_id) SELECT last_insert_rowid(), id FROM hook;
    DELETE FROM notice WHERE id <= last_insert_rowid() - 500; END;
CREATE TRIGGER job_struck AFTER UPDATE OF path ON job WHEN new.path = '' BEGIN
    DELETE FROM notice WHERE job_id = old.id; END;
CREATE TRIGGER job_gone AFTER DELETE ON job BEGIN
    DELETE FROM notice WHERE job_id = old.id; END;
"""

# All that lists of people ask of a print, beside its vector, which is large.
PRINTS_OF_PEOPLE = """
CREATE INDEX print_of_person
    ON print (person_id, kind, quality DESC, id, clip_id, start, "end");
CREATE INDEX print_of_clip ON print (clip_id, kind, person_id);
DROP INDEX print_person;
DROP INDEX print_clip;
"""

# The bytes of each file, so that one that was cut is noticed without reading it. The queue knows
# them of whatever went through it, but of a recording that a part was cut out of since. A file that
# a rule of the owner's removed is not missing.
COUNTS_AT_MOST = """
ALTER TABLE sighting ADD COLUMN most INTEGER NOT NULL DEFAULT 0;
"""

FILE_SIZES = """
ALTER TABLE recording ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recording ADD COLUMN file_removed INTEGER NOT NULL DEFAULT 0;
UPDATE recording SET size = coalesce((SELECT max(job.size) FROM job
    WHERE job.recording_id = recording.id AND job.state = 'done'), 0)
    WHERE kind <> 'import' AND id NOT IN (SELECT recording_id FROM forgotten);
UPDATE recording SET file_removed = 1
    WHERE note LIKE '%Its file was deleted by your rule on how long files are kept.%'
    OR id IN (SELECT recording_id FROM memory WHERE clip_id IS NOT NULL AND model = 'thinned');
"""

# Recordings of which an import or a backup says where their files lie, and what was found there.
DOUBTS = """
CREATE TABLE doubt (
    recording_id TEXT PRIMARY KEY REFERENCES recording (id) ON DELETE CASCADE,
    path TEXT NOT NULL DEFAULT '', size INTEGER NOT NULL DEFAULT -1,
    modified INTEGER NOT NULL DEFAULT 0, genuine INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
"""

# What was asked on the Ask page, and answered. A conversation goes with any clip that it rests on.
VOCABULARY = """
CREATE VIRTUAL TABLE memory_terms USING fts5vocab ('memory_fts', 'row');
"""

CONVERSATIONS = """
CREATE TABLE conversation (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE conversation_turn (
    id INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    asked_at REAL NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL);
CREATE INDEX conversation_turn_of ON conversation_turn (conversation_id);
CREATE TABLE conversation_clip (
    turn_id INTEGER NOT NULL REFERENCES conversation_turn (id) ON DELETE CASCADE,
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    PRIMARY KEY (turn_id, clip_id)) WITHOUT ROWID;
CREATE INDEX conversation_clip_of ON conversation_clip (clip_id);
CREATE TRIGGER conversation_forgotten AFTER DELETE ON conversation_clip BEGIN
    DELETE FROM conversation WHERE id =
        (SELECT conversation_id FROM conversation_turn WHERE id = OLD.turn_id);
END;
"""

# An explanation goes with any clip that was weighed for it; its answer stays.
EXPLANATIONS = """
ALTER TABLE conversation ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation_turn ADD COLUMN explanation TEXT NOT NULL DEFAULT '';
CREATE TABLE conversation_weighed (
    turn_id INTEGER NOT NULL REFERENCES conversation_turn (id) ON DELETE CASCADE,
    clip_id TEXT NOT NULL REFERENCES clip (id) ON DELETE CASCADE,
    PRIMARY KEY (turn_id, clip_id)) WITHOUT ROWID;
CREATE INDEX conversation_weighed_of ON conversation_weighed (clip_id);
CREATE TRIGGER explanation_forgotten AFTER DELETE ON conversation_weighed BEGIN
    UPDATE conversation_turn SET explanation = '' WHERE id = OLD.turn_id;
END;
"""

# Recordings that are dated by a file's impossible date keep their place, and are listed as undated.
UNDATED = """
UPDATE recording SET time_source = 'arrival' WHERE time_source = 'file_time'
    AND (start < 631152000 OR start > strftime('%s', 'now') + 86400);
"""

# Nothing is said after the end of a recording; recognisers heard the silence put behind it.
ENDS_OF_UTTERANCES = """
UPDATE utterance SET "end" = MAX(utterance.start, whole.until)
    FROM (SELECT clip.id, recording.start + recording.duration AS until
          FROM clip JOIN recording ON recording.id = clip.recording_id
          WHERE recording.kind <> 'import') AS whole
    WHERE whole.id = utterance.clip_id AND utterance."end" > whole.until;
"""

# What may be claimed, in the order in which it is: the next of 36,000 files is found at once.
CLAIMABLE_JOBS = """
CREATE INDEX job_claimable ON job (priority DESC, modified DESC, path)
    WHERE state IN ('queued', 'waiting', 'failed');
DROP INDEX job_state;
CREATE INDEX job_state ON job (state, owner, lease_until);
"""
