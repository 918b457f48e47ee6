-- Which engine has translated, where one has.
ALTER TABLE translations ADD COLUMN engine TEXT;
