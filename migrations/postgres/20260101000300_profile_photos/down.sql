DROP INDEX profiles_photo_blob;
ALTER TABLE profiles DROP COLUMN photo_blob;
ALTER TABLE profiles DROP COLUMN photo;
