-- The passwords of the sample worker's login and the HTTP face's, from the variables WORKER_PASSWORD and HTTP_PASSWORD: what a demo on a socket does without, a network
-- needs. Run by psql as the superuser, after `xnovu sample load` has made the login.
\getenv password WORKER_PASSWORD
alter role sample_worker password :'password';
\getenv password HTTP_PASSWORD
alter role sample_http password :'password';
