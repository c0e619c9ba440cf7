-- The first partitions, at the first migration; after that the tick makes them.
select notify.make_partitions();
