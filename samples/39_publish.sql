-- Publishes the shared workflows that were never published, or of which this load wrote something: the workflow, one of its
-- templates, or the header and the footer, which a version pins too.
-- All files are applied in one transaction, so a row that this load wrote was written after the transaction began.

set local session authorization sample_admin;
select set_config('app.current_enterprise_id', '', true);

select notify.publish(w.workflow_key, 'Sample workflow')
from notify.ent_notification_workflow as w
where
  w.enterprise_id = '00000000-0000-0000-0000-000000000000'
  and w.workflow_key in ('fire-alarm', 'fire-drill', 'lift-maintenance', 'visitor-arrival', 'energy-alert')
  and (
    w.published_version is null
    or w.updated_at >= now()
    or exists (
      select
      from notify.ent_notification_template as t
      where
        t.enterprise_id = w.enterprise_id
        and t.template_key in (w.workflow_key, 'header', 'footer')
        and t.updated_at >= now()
    )
  );
