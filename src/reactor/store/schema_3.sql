-- Rooms with a name, open to visitors, and messages for one person alone.

ALTER TABLE rooms ADD COLUMN public_name TEXT;    -- of a room that is open to visitors; such a room has no customer
ALTER TABLE rooms ADD COLUMN turned INTEGER;      -- the fact that its log had turned over for the last time
ALTER TABLE rooms ADD COLUMN kept_from INTEGER;   -- the one before: messages older than that are history
ALTER TABLE messages ADD COLUMN addressee INTEGER; -- for whom alone it is
ALTER TABLE messages ADD COLUMN writer_name TEXT; -- under which name, if that is not the one name of its writer

CREATE TABLE names (                -- of visitors
    client     INTEGER PRIMARY KEY,
    fact       INTEGER NOT NULL,
    user       TEXT NOT NULL,
    verified   INTEGER NOT NULL     -- whether it is theirs, or somebody had it before
) STRICT;

DROP VIEW chats;
CREATE VIEW chats AS
SELECT format('%016x', rooms.room) AS room,
       public_name AS name,
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

DROP VIEW transcripts;
CREATE VIEW transcripts AS
SELECT format('%016x', messages.room) AS room,
       message,
       strftime('%Y-%m-%dT%H:%M:%fZ', at / 1000.0, 'unixepoch') AS at,
       role,
       coalesce(writer_name, clients.name) AS name,
       (SELECT user FROM names WHERE names.client = addressee) AS addressee,
       messages.language,
       text,
       (SELECT json_group_object(language, text) FROM (
            SELECT language, text, max(fact) FROM translations
             WHERE translations.room = messages.room AND translations.message = messages.message
               AND fact BETWEEN messages.fact AND coalesce(rooms.closed, 9e18)
               AND translations.status IN ('done', 'written')
             GROUP BY language)) AS translations
  FROM messages JOIN rooms USING (room) LEFT JOIN clients ON clients.client = messages.writer
 ORDER BY messages.room, message;
