-- Tables with their full types. From this folder: duckdb -init duckdb.sql
CREATE OR REPLACE VIEW documents AS SELECT * FROM read_json('documents*.jsonl', format = 'newline_delimited', columns = {
    "schema_version": 'VARCHAR',
    "id": 'VARCHAR',
    "source": 'VARCHAR',
    "title": 'VARCHAR',
    "text": 'VARCHAR',
    "url": 'VARCHAR',
    "language": 'VARCHAR',
    "license": 'VARCHAR',
    "attribution": 'VARCHAR',
    "created": 'VARCHAR',
    "modified": 'VARCHAR',
    "content_sha256": 'VARCHAR',
    "raw": 'STRUCT("path" VARCHAR, "sha256" VARCHAR, "bytes" BIGINT, "media_type" VARCHAR, "encoding" VARCHAR, "parser" VARCHAR, "parser_version" VARCHAR)',
    "blocks": 'STRUCT("kind" VARCHAR, "level" BIGINT, "start" BIGINT, "end" BIGINT, "section" VARCHAR[], "origin" VARCHAR, "raw_start" BIGINT, "raw_end" BIGINT)[]',
    "links": 'STRUCT("start" BIGINT, "end" BIGINT, "text" VARCHAR, "target" VARCHAR, "kind" VARCHAR, "original" VARCHAR)[]',
    "citations": 'STRUCT("kind" VARCHAR, "text" VARCHAR, "title" VARCHAR, "authors" VARCHAR[], "date" VARCHAR, "doi" VARCHAR, "pmid" VARCHAR, "pmcid" VARCHAR, "isbn" VARCHAR, "url" VARCHAR)[]',
    "tables": 'STRUCT("start" BIGINT, "end" BIGINT, "caption" VARCHAR, "header_rows" BIGINT, "rows" VARCHAR[][])[]',
    "images": 'STRUCT("target" VARCHAR, "alt" VARCHAR, "caption" VARCHAR)[]',
    "tags": 'VARCHAR[]',
    "aliases": 'VARCHAR[]',
    "duplicates": 'STRUCT("id" VARCHAR, "relation" VARCHAR, "jaccard" DOUBLE, "containment" DOUBLE)[]',
    "metadata": 'VARCHAR',
    "flags": 'VARCHAR[]'
});
CREATE OR REPLACE VIEW dropped AS SELECT * FROM read_json('dropped*.jsonl', format = 'newline_delimited', columns = {
    "id": 'VARCHAR',
    "rule": 'VARCHAR',
    "kind": 'VARCHAR',
    "text": 'VARCHAR',
    "raw_start": 'BIGINT',
    "raw_end": 'BIGINT',
    "survivor": 'STRUCT("id" VARCHAR, "start" BIGINT, "end" BIGINT)'
});
CREATE OR REPLACE VIEW links AS SELECT * FROM read_json('links*.jsonl', format = 'newline_delimited', columns = {
    "id": 'VARCHAR',
    "start": 'BIGINT',
    "end": 'BIGINT',
    "kind": 'VARCHAR',
    "target": 'VARCHAR',
    "to": 'VARCHAR',
    "how": 'VARCHAR',
    "candidates": 'VARCHAR[]'
});
