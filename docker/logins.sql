-- The passwords of the sample worker's login, the HTTP face's and Grafana's, from the variables WORKER_PASSWORD, HTTP_PASSWORD and GRAFANA_PASSWORD: what a
-- demo on a socket does without, a network needs. Run by psql as the superuser, after `xnovu sample load` has made the first two. Grafana's
-- login is made here: it reads the status views of every enterprise, and writes nothing.
\getenv password WORKER_PASSWORD
alter role sample_worker password :'password';
\getenv password HTTP_PASSWORD
alter role sample_http password :'password';
select 'create role sample_grafana login connection limit 10 in role notify_analyst_all'
where not exists (select from pg_roles where rolname = 'sample_grafana') \gexec
alter role sample_grafana set default_transaction_read_only = on;
alter role sample_grafana set statement_timeout = '30s';
\getenv password GRAFANA_PASSWORD
alter role sample_grafana password :'password';
