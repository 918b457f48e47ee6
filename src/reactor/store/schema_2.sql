-- A translation may be by the hand of whoever wrote the message (status `written`): it belongs to the transcript as one
-- by the model does.

DROP VIEW transcripts;

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
               AND fact BETWEEN messages.fact AND coalesce(rooms.closed, 9e18)
               AND translations.status IN ('done', 'written')
             GROUP BY language)) AS translations
  FROM messages JOIN rooms USING (room) LEFT JOIN clients ON clients.client = messages.writer
 ORDER BY messages.room, message;
