CREATE SCHEMA bench;
CREATE TABLE bench.opened (customer bigint, occurred_at timestamptz, email int, client smallint, country text, journey text);
CREATE TABLE bench.delivered (customer bigint, occurred_at timestamptz);
CREATE TABLE bench.mapping (record_id bigint PRIMARY KEY, profile_id bigint NOT NULL);
