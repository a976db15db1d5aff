DROP TABLE photo_books;
DROP TABLE album_changes;
DROP TABLE photo_changes;
DROP TABLE album_photos;
DROP TABLE albums;
DROP TABLE photo_renditions;
DROP TABLE photos;
DROP TABLE contents;
