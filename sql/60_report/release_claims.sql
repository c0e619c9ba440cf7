-- Counts down what claims still hold, and drops those that hold nothing any more.
create or replace function engine.release_claims(p_claim_ids bigint[]) returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  update notify.notification_claim as c
  set open_count = c.open_count - r.closed_count
  from (
    select u.claim_id, count(*) as closed_count
    from unnest(p_claim_ids) as u (claim_id)
    group by u.claim_id
    order by u.claim_id
  ) as r
  where c.claim_id = r.claim_id;
  delete from notify.notification_claim as c
  where c.claim_id = any(p_claim_ids) and c.open_count <= 0;
end
$$;

alter function engine.release_claims(bigint[]) owner to notify_engine;
comment on function engine.release_claims(bigint[]) is 'Counts down the claims of reported deliveries and drops the empty ones.';
