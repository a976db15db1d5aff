DROP TABLE contact_books;
DROP TABLE contact_folder_changes;
DROP TABLE contact_changes;
DROP TABLE contact_terms;
DROP TABLE contact_cards;
DROP TABLE contacts;
DROP TABLE contact_folders;
