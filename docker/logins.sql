-- The password of the sample worker's login, from the variable WORKER_PASSWORD: what a demo on a socket does without, a network
-- needs. Run by psql as the superuser, after `xnovu sample load` has made the login.
\getenv password WORKER_PASSWORD
alter role sample_worker password :'password';
