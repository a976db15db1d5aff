-- The person's photo: what there is of it, as JSON (null: none), and the blob that holds the bytes. They change together.
-- The index is for the sweep, which asks of many blobs whether anybody's row names them.
ALTER TABLE profiles ADD COLUMN photo TEXT;
ALTER TABLE profiles ADD COLUMN photo_blob TEXT;
CREATE UNIQUE INDEX profiles_photo_blob ON profiles (photo_blob);
