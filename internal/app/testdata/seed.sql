-- Monitor Sync Execution
SELECT
    run_id,
    started_at,
    completed_at,
    duration,
    tables_processed,
    mode,
    status
FROM semantic_layer_v1.sync_runs
ORDER BY started_at DESC
LIMIT 20;

-- Sync Performance
SELECT
    run_id,
    mode,
    started_at,
    duration,
    tables_processed,
    ROUND(tables_processed / EXTRACT(EPOCH FROM duration) * 60, 2) as tables_per_minute,
    status
FROM semantic_layer_v1.sync_runs
ORDER BY started_at DESC
LIMIT 20;

-- Failure Analysis
SELECT
    DATE_TRUNC('day', started_at) as date,
    mode,
    COUNT(*) as total_runs,
    SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) as failed_runs,
    ROUND(100.0 * SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END) / COUNT(*), 2) as failure_rate
FROM semantic_layer_v1.sync_runs
GROUP BY DATE_TRUNC('day', started_at), mode
ORDER BY date DESC;

-- View sync history
SELECT * FROM semantic_layer_v1.sync_runs ORDER BY started_at DESC LIMIT 10

-- View performance metrics
SELECT
    mode,
    AVG(duration) as avg_duration,
    AVG(tables_processed) as avg_tables,
    AVG(tables_processed / EXTRACT(EPOCH FROM duration) * 60) as tables_per_minute
  FROM semantic_layer_v1.sync_runs
  WHERE status = 'completed'
  GROUP BY mode
