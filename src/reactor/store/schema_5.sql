-- Starts that were named by whoever made them (`Idempotency-Key`), as long as their chats are remembered.

CREATE TABLE starts (
    room       INTEGER PRIMARY KEY,
    fact       INTEGER NOT NULL,
    key        BLOB NOT NULL,       -- SHA-256 of the name; the name itself is nowhere
    body       BLOB NOT NULL,       -- SHA-256 of what was asked
    salt       BLOB NOT NULL        -- whoever brings the name gets their token again: it is made of both
) STRICT;
