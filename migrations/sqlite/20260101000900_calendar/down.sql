DROP TABLE event_books;
DROP TABLE event_pasts;
DROP TABLE event_changes;
DROP TABLE event_terms;
DROP TABLE event_records;
DROP TABLE events;
DROP TABLE calendars;
