-- The language of the template engine. Untrusted, so only a superuser can create functions in it: they come with this part.
create extension if not exists plpython3u;
