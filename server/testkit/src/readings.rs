//! What readings are counted as, against the readings themselves.
use crate::TestDb;
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::RunQueryDsl;
use domain::readings::{MetricKind, Target};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The usual target ranges as rows of SQL.
fn ranges() -> String {
    let targets = MetricKind::ALL.iter().filter_map(|kind| Target::of(*kind));
    let rows = targets.filter(Target::is_of_readings).map(|target| {
        let ((low, below), (lower_low, lower_below)) = target.edges();
        let kind = target.kind();
        format!("('{kind}', '{low}'::float8, '{below}'::float8, '{lower_low}'::float8, '{lower_below}'::float8)")
    });
    rows.collect::<Vec<_>>().join(", ")
}

const KEPT: &str = "count, lowest, highest, round(total::numeric, 4), round(squares::numeric, 2), in_range, lower_lowest, \
    lower_highest, round(lower_total::numeric, 4), round(lower_squares::numeric, 2)";

const PLAIN: &str = "count(*), min(value), max(value), round(sum(value)::numeric, 4), round(sum(value * value)::numeric, 2), \
    count(*) FILTER (WHERE value >= low AND value < below AND coalesce(diastolic, 0) >= lower_low \
        AND coalesce(diastolic, 0) < lower_below), \
    min(diastolic), max(diastolic), round(sum(diastolic)::numeric, 4), round(sum(diastolic * diastolic)::numeric, 2)";

impl TestDb {
    /// Panics where hours, days or what is told of devices are not what the readings come to. For people to whom the usual
    /// ranges apply, and readings of which none was dropped.
    pub async fn check_readings(&self) {
        let ranges = ranges();
        // One statement, and so one moment, whoever writes meanwhile.
        let wrong = format!(
            "WITH counted AS ( \
                 SELECT r.*, t.*, reading_hour(recorded_at, utc_offset) AS hour, reading_day(recorded_at, utc_offset) AS day \
                 FROM readings r LEFT JOIN (VALUES {ranges}) AS t (of_kind, low, below, lower_low, lower_below) ON of_kind = kind \
                 WHERE removed_at IS NULL AND near_duplicate_of IS NULL \
             ), plain (line) AS ( \
                 SELECT concat_ws('|', 'hour', patient_id, kind, hour, {PLAIN}) FROM counted GROUP BY patient_id, kind, hour \
                 UNION ALL SELECT concat_ws('|', 'day', patient_id, kind, day, {PLAIN}, max(recorded_at)) \
                     FROM counted GROUP BY patient_id, kind, day \
                 UNION ALL SELECT concat_ws('|', 'device', source, count(*)) FROM readings WHERE source <> patient_id GROUP BY source \
                 UNION ALL SELECT concat_ws('|', 'apart', source, count(*)) FROM quarantined_readings GROUP BY source \
             ), kept (line) AS ( \
                 SELECT concat_ws('|', 'hour', patient_id, kind, hour, {KEPT}) FROM reading_hours \
                 UNION ALL SELECT concat_ws('|', 'day', patient_id, kind, day, {KEPT}, last_at) FROM reading_days \
                 UNION ALL SELECT concat_ws('|', 'device', device_id, sum(accepted)) FROM device_days GROUP BY device_id HAVING sum(accepted) > 0 \
                 UNION ALL SELECT concat_ws('|', 'apart', device_id, sum(quarantined)) FROM device_days GROUP BY device_id HAVING sum(quarantined) > 0 \
             ) \
             SELECT 'not counted: ' || line AS line FROM (SELECT line FROM plain EXCEPT SELECT line FROM kept) AS lost \
             UNION ALL SELECT 'counted: ' || line FROM (SELECT line FROM kept EXCEPT SELECT line FROM plain) AS more ORDER BY 1"
        );
        let wrong: Vec<Line> = sql_query(wrong).load(&mut self.owner().await).await.unwrap();
        let wrong: Vec<_> = wrong.into_iter().map(|row| row.line).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
