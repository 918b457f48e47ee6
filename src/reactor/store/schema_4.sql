-- Where a log begins whose front everybody has read.

ALTER TABLE rooms ADD COLUMN begins INTEGER;      -- the first message that was still in memory; earlier ones are history
