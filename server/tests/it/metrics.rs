//! What operators measure, and when they are called.
use crate::running::{Server, ask};
use serde_json::json;
use testkit::{Prometheus, TestDb, prometheus};

async fn measured(db: &TestDb) -> (Server, String) {
    let server = Server::start_with(db, &[("MEDCONNECT_METRICS_ADDR", "127.0.0.1:0")]).await;
    let metrics = server.metrics.clone().unwrap();
    (server, metrics)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prometheus_reads_how_requests_ended_and_who_was_turned_away() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let (server, metrics) = measured(&db).await;
    let wrong = json!({ "email": "ana@example.org", "password": "guessed-1" }).to_string();
    let sign_in = "POST /api/auth/login HTTP/1.1\r\ncontent-type: application/json";
    for _ in 0..2 {
        assert_eq!(server.request(sign_in, &wrong).await.0, 401);
    }
    for method in ["GET", "FANCY", "PLAIN"] {
        server.request(&format!("{method} /doctors?q=Heart+of+Ana HTTP/1.1"), "").await;
    }

    let prometheus = Prometheus::of(&metrics).await;

    let login = r#"method="POST", route="/api/auth/login""#;
    let counted = format!("medconnect_http_requests_total{{{login}, status=\"401\"}}");
    prometheus.wait_for(&counted, "2").await;
    let lasted = format!("medconnect_http_request_duration_seconds_count{{{login}}}");
    prometheus.wait_for(&lasted, "2").await;
    let doctors = "sum by (method) (medconnect_http_requests_total{route=\"/doctors\"})";
    prometheus.wait_for(&format!("{doctors} == 1"), "1").await;
    prometheus.wait_for("count(medconnect_http_requests_total{method=\"other\"})", "1").await;
    prometheus.wait_for("sum(medconnect_sign_ins_failed)", "2").await;
    prometheus.wait_for("medconnect_database_up", "1").await;
    prometheus.wait_for("sum(medconnect_database_connections) > bool 0", "1").await;
    prometheus.wait_for("medconnect_database_connections_limit", "16").await;
    prometheus.wait_for("process_cpu_seconds_total > bool 0", "1").await;
    prometheus.wait_for("process_resident_memory_bytes > bool 1e6", "1").await;
    prometheus.wait_for("process_open_fds > bool 1", "1").await;

    let text = ask(&metrics, "GET /metrics HTTP/1.1", "").await.unwrap();
    assert!(!text.body.contains("Ana") && !text.body.contains("example.org"), "{}", text.body);
    assert!(text.body.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_where_people_do_is_told_nothing() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let (server, metrics) = measured(&db).await;

    assert_eq!(server.request("GET /metrics HTTP/1.1", "").await.0, 404);
    for path in ["/", "/doctors", "/api/providers"] {
        let asked = ask(&metrics, &format!("GET {path} HTTP/1.1"), "").await.unwrap();
        assert_eq!((asked.status, asked.body), (404, String::new()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_database_says_so() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let (_server, metrics) = measured(&db).await;
    let said = async || ask(&metrics, "GET /metrics HTTP/1.1", "").await.unwrap();
    assert!(said().await.body.contains("\nmedconnect_database_up 1\n"));
    assert!(said().await.body.contains("medconnect_queue_waiting{queue=\"refunds\"} 0\n"));

    db.set_accessible(false).await;

    let away = said().await;
    assert_eq!(away.status, 200);
    assert!(away.body.contains("\nmedconnect_database_up 0\n"), "{}", away.body);
    assert!(!away.body.contains("medconnect_queue_waiting{"), "{}", away.body);
    assert!(away.body.contains("\nprocess_cpu_seconds_total "), "{}", away.body);
    db.set_accessible(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_called_for_each_kind_of_trouble_and_nobody_on_a_quiet_day() {
    assert_eq!(prometheus::test_rules().await, Ok(()));
}
