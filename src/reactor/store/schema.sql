-- Times are milliseconds since 1970-01-01T00:00:00Z. Ids are 64-bit numbers; the views show them as the 16 hexadecimal
-- digits of the protocol. A `fact` is a place in the order in which things came true. Words of people are in clear.

CREATE TABLE clients (
    client     INTEGER PRIMARY KEY, -- the first 64 bits of the token's hash
    fact       INTEGER NOT NULL,
    token      BLOB NOT NULL,       -- SHA-256; the token itself is nowhere
    role       TEXT NOT NULL,       -- customer, agent
    name       TEXT NOT NULL,
    language   TEXT,                -- as it was known at first; later knowledge is in `languages`
    source     TEXT NOT NULL,       -- how it was known
    address    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ended      INTEGER              -- the fact that the token became invalid
) STRICT;
CREATE INDEX clients_valid ON clients (client) WHERE ended IS NULL;

CREATE TABLE languages (
    client     INTEGER NOT NULL,
    fact       INTEGER NOT NULL,
    language   TEXT NOT NULL,
    source     TEXT NOT NULL,
    PRIMARY KEY (client, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE rooms (
    room       INTEGER PRIMARY KEY,
    fact       INTEGER NOT NULL,
    customer   INTEGER NOT NULL,
    opened_at  INTEGER NOT NULL,
    came       INTEGER,             -- the fact that the customer connected for the first time
    status     TEXT NOT NULL,       -- waiting, active, closing, closed
    queue      INTEGER,             -- number in the queue, while it waits
    status_at  INTEGER NOT NULL,
    status_fact INTEGER,            -- none while it is as it began
    reason     TEXT,                -- why it was closed: customer_left, closed
    closed_at  INTEGER,
    closed     INTEGER,             -- the fact that it was closed
    forgotten  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX rooms_open ON rooms (room) WHERE closed_at IS NULL;
CREATE INDEX rooms_closed ON rooms (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX rooms_customer ON rooms (customer);

CREATE TABLE members (              -- agents; the customer is in `rooms`
    room       INTEGER NOT NULL,
    fact       INTEGER NOT NULL,
    client     INTEGER NOT NULL,
    joined_at  INTEGER NOT NULL,
    left_at    INTEGER,
    "left"     INTEGER,             -- the fact that they left
    PRIMARY KEY (room, fact)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_client ON members (client);

-- What was said is in the order in which it was said, all chats together, and has no index: a turn of the server that
-- stores sixteen messages then writes one page and not sixteen. What belongs to a chat lies between its `fact` and its
-- `closed`.

CREATE TABLE messages (
    room       INTEGER NOT NULL,
    message    INTEGER NOT NULL,    -- its number in the room, from 1
    fact       INTEGER PRIMARY KEY,
    writer     INTEGER NOT NULL,
    reference  TEXT,                -- the writer's own name for it
    language   TEXT,                -- as far as it was known then
    sure       INTEGER NOT NULL,    -- whether that was more than a guess
    at         INTEGER NOT NULL,
    text       TEXT NOT NULL
) STRICT;

CREATE TABLE translations (         -- what became of each, in order; the last of a message and a language holds
    room       INTEGER NOT NULL,
    message    INTEGER NOT NULL,
    fact       INTEGER PRIMARY KEY,
    language   TEXT NOT NULL,
    status     TEXT NOT NULL,       -- done, same, failed, failed_service, untranslated (the original went out)
    text       TEXT
) STRICT;

CREATE VIEW chats AS
SELECT format('%016x', rooms.room) AS room,
       clients.name AS customer,
       status,
       reason,
       strftime('%Y-%m-%dT%H:%M:%fZ', opened_at / 1000.0, 'unixepoch') AS opened,
       strftime('%Y-%m-%dT%H:%M:%fZ', closed_at / 1000.0, 'unixepoch') AS closed,
       (SELECT group_concat(DISTINCT agents.name) FROM members JOIN clients AS agents USING (client)
         WHERE members.room = rooms.room) AS agents,
       (SELECT count(*) FROM messages WHERE messages.room = rooms.room
            AND messages.fact BETWEEN rooms.fact AND coalesce(closed, 9e18)) AS messages
  FROM rooms LEFT JOIN clients ON clients.client = rooms.customer;

CREATE VIEW people AS
SELECT format('%016x', clients.client) AS client,
       role,
       name,
       coalesce((SELECT languages.language FROM languages WHERE languages.client = clients.client
                  ORDER BY fact DESC LIMIT 1), language) AS language,
       strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch') AS created,
       ended IS NULL AS token_is_valid
  FROM clients;

CREATE VIEW transcripts AS
SELECT format('%016x', messages.room) AS room,
       message,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
       role,
       name,
       messages.language,
       text,
       (SELECT json_group_object(language, text) FROM (
            SELECT language, text, max(fact) FROM translations
             WHERE translations.room = messages.room AND translations.message = messages.message
               AND fact BETWEEN messages.fact AND coalesce(rooms.closed, 9e18) AND translations.status = 'done'
             GROUP BY language)) AS translations
  FROM messages JOIN rooms USING (room) LEFT JOIN clients ON clients.client = messages.writer
 ORDER BY messages.room, message;
