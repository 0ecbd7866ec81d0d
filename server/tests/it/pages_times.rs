//! The way from any week to a time that is free.
use crate::support::{Reply, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_nothing_free_is_told_what_is_free_instead() {
    let app = TestApp::new().await;
    let (full, other) = (app.db.provider().await, app.db.provider().await);
    let browser = app.anyone();
    let path = format!("/doctors/{full}?week=2026-03-03");
    assert!(!browser.get(&path).await.body.contains("What is free instead"));

    // Only by video any more: whoever wants to talk on the phone hears of that, and of who has a phone.
    let video =
        format!("UPDATE availability_rules SET kinds = '{{video}}' WHERE provider_id = '{full}'");
    app.db.execute(&video).await;
    let page = browser.get(&format!("{path}&visit=phone")).await.body;
    assert!(page.contains("another kind of visit") && page.contains("What is free instead"));
    assert!(page.contains(&format!("/doctors/{full}/book?start=2026-03-03T09:00:00Z\"")));

    app.db.execute(&format!("DELETE FROM availability_rules WHERE provider_id = '{full}'")).await;
    services::schedule::refresh_now(&app.clinic, &[full, other]).await.unwrap();
    let page = browser.get(&path).await.body;
    assert!(page.contains("What is free instead") && !page.contains("another kind of visit"));
    assert!(page.contains(&format!("href=\"/doctors/{other}\"")), "{page}");
    assert!(page.contains(&format!("/doctors/{other}/book?start=")));
}

/// Where the link to the next free time leads, and what it says of when that is.
fn next_free(page: &Reply) -> Option<(String, String)> {
    let (before, after) = page.body.split_once("Next free time: ")?;
    let (_, link) = before.rsplit_once("<a ")?;
    let href = link.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&");
    Some((href, after.split('<').next()?.to_owned()))
}

fn jump(href: &str, when: &str) -> Option<(String, String)> {
    Some((href.to_owned(), when.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_free_time_is_one_press_away_from_every_week() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let refresh = async || {
        services::schedule::refresh_now(&app.clinic, &[provider]).await.unwrap();
    };
    refresh().await;
    let doctor = format!("/doctors/{provider}");
    let look = async |query: &str| app.anyone().get(&format!("{doctor}{query}")).await;

    // In the list of this very page, which has it.
    let page = look("").await;
    assert_eq!(next_free(&page), jump("#time-2026-03-02T09:00:00Z", "today, 09:00"));
    assert!(page.body.contains("id=\"time-2026-03-02T09:00:00Z\""));
    // From a later week back to it, for the same kind of visit.
    let back = format!("{doctor}?week=2026-03-02&visit=phone#time-2026-03-02T09:00:00Z");
    assert_eq!(next_free(&look("?week=2026-03-16&visit=phone").await), jump(&back, "today, 09:00"));

    // Away for longer than one looks at once.
    app.db
        .execute(&format!(
            "INSERT INTO availability_exceptions (id, provider_id, day, change, time_zone) \
             SELECT gen_random_uuid(), '{provider}', day, 'closed', 'Europe/Lisbon' \
             FROM generate_series('2026-03-02'::date, '2026-04-14', interval '1 day') AS day"
        ))
        .await;
    refresh().await;
    let later = format!("{doctor}?week=2026-04-15#time-2026-04-15T08:00:00Z");
    let later = jump(&later, "Wednesday 15 April, 09:00");
    for week in ["", "?week=2026-03-20"] {
        let page = look(week).await;
        assert_eq!(next_free(&page), later, "{week}");
        assert!(page.body.contains("Nothing is free in this week."), "{week}");
    }

    // Past the last day that can be booked.
    let over = look("?week=2026-06-01").await;
    assert_eq!(next_free(&over), later);
    assert!(over.body.contains("no time after it can be booked yet"));
    app.db
        .execute(&format!("DELETE FROM availability_rules WHERE provider_id = '{provider}'"))
        .await;
    refresh().await;
    let never = look("").await;
    assert_eq!(next_free(&never), None);
    assert!(never.body.contains("Find another doctor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_a_visit_may_jump_to_the_next_time_for_its_kind() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    // By video on Thursdays only.
    app.db.execute("UPDATE availability_rules SET kinds = ARRAY['phone'] WHERE weekday <> 4").await;
    services::schedule::refresh_now(&app.clinic, &[provider]).await.unwrap();
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let start = "2026-03-12T09:00:00Z";
    let form = [("start", start), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();

    let picker = browser.get(&format!("{visit}/reschedule?week=2026-03-13")).await;

    let href = format!("{visit}/reschedule?week=2026-03-05&visit=video#time-2026-03-05T09:00:00Z");
    assert_eq!(next_free(&picker), jump(&href, "Thursday 5 March, 09:00"));
}
