-- PostgreSQL runs this once, when its volume is new: one user for our records and one for Temporal,
-- each with databases that the other cannot enter. The passwords are read here, by psql itself, so
-- that they are in no list of processes.
\set tillsaga `cat /run/secrets/tillsaga_database_password`
\set temporal `cat /run/secrets/temporal_database_password`
CREATE USER tillsaga PASSWORD :'tillsaga';
CREATE USER temporal PASSWORD :'temporal';
CREATE DATABASE tillsaga OWNER tillsaga;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
REVOKE CONNECT ON DATABASE tillsaga, temporal, temporal_visibility FROM PUBLIC;
