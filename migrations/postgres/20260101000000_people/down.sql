DROP TABLE profiles;
DROP TABLE people;
