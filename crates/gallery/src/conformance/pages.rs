//! Pages: every subject of an app in order, and every template of all apps, while subjects come and go.

use std::sync::Arc;

use facegate_domain::{AppId, Template};

use super::check::{CheckResult, Complaint, ensure, same, topic};
use super::samples::{app, enrolment, free, subject, with_app};
use crate::{MAX_SUBJECTS, Store, SubjectSummary};

topic!(
    "pages",
    [
        a_summary_tells_what_was_enrolled,
        subjects_come_in_the_order_of_their_bytes,
        a_page_has_at_most_its_limit,
        pages_stay_right_while_subjects_come_and_go,
        a_list_shows_the_own_app_only,
        templates_of_all_apps_come_once,
        templates_stay_right_while_subjects_come_and_go,
        a_deleted_app_has_no_templates,
    ]
);

/// The app's subjects, page by page. Complains if that does not come to an end.
pub(super) async fn all_subjects(
    store: &dyn Store,
    app: &AppId,
    limit: usize,
) -> Result<Vec<SubjectSummary>, Complaint> {
    let mut all: Vec<SubjectSummary> = Vec::new();
    for _ in 0..10_000 {
        let page = store.subjects(app, all.last().map(|last| &last.subject_id), limit).await?;
        ensure!(page.len() <= limit, "a page of {} instead of {limit}", page.len());
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
    Err(Complaint::new("the pages do not end"))
}

/// A template with its owner: app, subject id.
type Owned = (String, String, Template);

/// Every template, batch by batch, ordered by owner. Complains if that does not come to an end.
pub(super) async fn all_templates(store: &dyn Store, limit: usize) -> Result<Vec<Owned>, Complaint> {
    let (mut all, mut cursor) = (Vec::new(), None);
    for _ in 0..10_000 {
        let batch = store.templates(cursor.as_ref(), limit).await?;
        ensure!(batch.len() <= limit, "a batch of {} instead of {limit}", batch.len());
        let Some(last) = batch.last() else {
            all.sort_by(|(a, b, _): &Owned, (c, d, _)| (a, b).cmp(&(c, d)));
            return Ok(all);
        };
        cursor = Some(last.cursor);
        all.extend(
            batch.into_iter().map(|row| (row.app.to_string(), row.subject_id.as_str().to_owned(), row.template)),
        );
    }
    Err(Complaint::new("the batches do not end"))
}

/// Enrols these ids in this order.
async fn enrol(store: &dyn Store, app: &AppId, ids: &[&str]) -> CheckResult {
    for (seed, id) in (0..).zip(ids) {
        store.commit(app, free(enrolment(&subject(id)?, seed)?)).await?;
    }
    Ok(())
}

/// Enrols many, some at a time.
async fn enrol_all(store: &Arc<dyn Store>, app: &AppId, ids: &[String]) -> CheckResult {
    for some in ids.chunks(50) {
        let mut tasks = Vec::new();
        for id in some {
            let (store, app, mut new) = (store.clone(), app.clone(), enrolment(&subject(id)?, 1)?);
            new.photo = None;
            tasks.push(tokio::spawn(async move { store.commit(&app, free(new)).await }));
        }
        for task in tasks {
            task.await??;
        }
    }
    Ok(())
}

fn ids(page: Vec<SubjectSummary>) -> Vec<String> {
    page.into_iter().map(|summary| summary.subject_id.as_str().to_owned()).collect()
}

async fn a_summary_tells_what_was_enrolled(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let id = subject("budi")?;
    let first = enrolment(&id, 1)?;
    store.commit(&bank, free(first.clone())).await?;
    let mut update = enrolment(&id, 2)?;
    update.photo = None;
    for (latest, has_photo) in [(first.clone(), true), (update, false)] {
        store.commit(&bank, free(latest.clone())).await?;
        let wanted = SubjectSummary {
            subject_id: id.clone(),
            created_at: first.at,
            updated_at: latest.at,
            session_id: latest.session_id,
            model: latest.template.model().clone(),
            nface: latest.nface,
            rotation: latest.rotation,
            has_photo,
            terms: latest.terms.clone(),
        };
        same!(store.subjects(&bank, None, 10).await?, vec![wanted], "the list");
    }
    Ok(())
}

async fn subjects_come_in_the_order_of_their_bytes(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    same!(store.subjects(&bank, None, 10).await?, vec![], "an app without subjects");
    // As numbers, words of a language or UTF-16 they would come in other orders.
    let mut wanted =
        ["b", "B", "a", "Z", "é", "e\u{301}", "f", "10", "9", "~", "😀", "～", "a b", "a-b", "ab", "_", "%"];
    enrol(&*store, &bank, &wanted).await?;
    wanted.sort_unstable_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    for limit in [1, 2, 5, wanted.len(), 100] {
        same!(ids(all_subjects(&*store, &bank, limit).await?), wanted, format!("the list, {limit} at a time"));
    }
    same!(ids(store.subjects(&bank, Some(&subject("~")?), 1).await?), ["é"], "after the last of ASCII");
    Ok(())
}

async fn a_page_has_at_most_its_limit(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let names: Vec<String> = (0..MAX_SUBJECTS + 2).map(|number| format!("subject {number:04}")).collect();
    enrol_all(&store, &bank, &names).await?;
    for (limit, wanted) in [(0, 1), (1, 1), (7, 7), (MAX_SUBJECTS, MAX_SUBJECTS), (usize::MAX, MAX_SUBJECTS)] {
        same!(store.subjects(&bank, None, limit).await?.len(), wanted, format!("subjects in a page of {limit}"));
    }
    let rest = store.subjects(&bank, Some(&subject(&names[MAX_SUBJECTS - 1])?), usize::MAX).await?;
    same!(ids(rest), names[MAX_SUBJECTS..], "the last page");
    for (limit, wanted) in [(0, 1), (7, 7), (usize::MAX, names.len())] {
        same!(store.templates(None, limit).await?.len(), wanted, format!("templates in a batch of {limit}"));
    }
    Ok(())
}

async fn pages_stay_right_while_subjects_come_and_go(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    enrol(&*store, &bank, &["h", "c", "a", "e", "d", "b", "g", "f"]).await?;
    let page = store.subjects(&bank, None, 3).await?;
    same!(ids(page), ["a", "b", "c"], "the first page");
    // The last of the page goes, one before it comes; one ahead goes, one comes, one is updated.
    for gone in ["c", "e"] {
        store.delete_subject(&bank, &subject(gone)?).await?;
    }
    enrol(&*store, &bank, &["aa", "ff", "f"]).await?;
    let page = store.subjects(&bank, Some(&subject("c")?), 3).await?;
    same!(ids(page), ["d", "f", "ff"], "the page after an id that is gone");
    for gone in ["d", "f", "ff", "g"] {
        store.delete_subject(&bank, &subject(gone)?).await?;
    }
    same!(ids(store.subjects(&bank, Some(&subject("ff")?), 3).await?), ["h"], "the last page");
    same!(store.subjects(&bank, Some(&subject("h")?), 3).await?, vec![], "the end");
    same!(ids(store.subjects(&bank, Some(&subject("A")?), 2).await?), ["a", "aa"], "after an id that never was");
    Ok(())
}

async fn a_list_shows_the_own_app_only(store: Arc<dyn Store>) -> CheckResult {
    let (bank, other) = (with_app(&*store, app("bank")?).await?, with_app(&*store, app("other")?).await?);
    enrol(&*store, &bank, &["a", "c"]).await?;
    enrol(&*store, &other, &["b", "c", "d"]).await?;
    same!(ids(store.subjects(&bank, None, 10).await?), ["a", "c"], "the app's subjects");
    same!(ids(store.subjects(&other, Some(&subject("a")?), 10).await?), ["b", "c", "d"], "the other app's");
    same!(store.subjects(&app("absent")?.id, None, 10).await?, vec![], "subjects of an app that never was");
    store.delete_app(&other).await?;
    same!(store.subjects(&other, None, 10).await?, vec![], "subjects of a deleted app");
    same!(ids(store.subjects(&bank, None, 10).await?), ["a", "c"], "the subjects of the app that stays");
    Ok(())
}

async fn templates_of_all_apps_come_once(store: Arc<dyn Store>) -> CheckResult {
    same!(all_templates(&*store, 3).await?, vec![], "templates of an empty store");
    let mut wanted = Vec::new();
    let (a, b) = (with_app(&*store, app("a")?).await?, with_app(&*store, app("b")?).await?);
    for seed in 0..20 {
        for bank in [&b, &a] {
            let enrolment = enrolment(&subject(&format!("subject {:02}", 20 - seed))?, seed)?;
            wanted.push((bank.to_string(), enrolment.subject_id.as_str().to_owned(), enrolment.template.clone()));
            store.commit(bank, free(enrolment)).await?;
        }
    }
    wanted.sort_by(|(a, b, _), (c, d, _)| (a, b).cmp(&(c, d)));
    for limit in [1, 7, 40, 41] {
        ensure!(
            all_templates(&*store, limit).await? == wanted,
            "the templates, {limit} at a time, are not those enrolled"
        );
    }
    Ok(())
}

async fn templates_stay_right_while_subjects_come_and_go(store: Arc<dyn Store>) -> CheckResult {
    let bank = with_app(&*store, app("bank")?).await?;
    let names: Vec<String> = (0..30).map(|number| format!("subject {number}")).collect();
    enrol(&*store, &bank, &names.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let (mut seen, mut deleted, mut cursor) = (Vec::new(), Vec::new(), None);
    for turn in 0.. {
        let batch = store.templates(cursor.as_ref(), 3).await?;
        ensure!(turn < 100 && batch.len() <= 3, "the batches do not end or are too large");
        let Some(last) = batch.last() else { break };
        cursor = Some(last.cursor);
        seen.extend(batch.iter().map(|row| row.subject_id.as_str().to_owned()));
        // The one on which the cursor stands goes, and one comes.
        if turn % 2 == 0 {
            deleted.push(last.subject_id.as_str().to_owned());
            store.delete_subject(&bank, &last.subject_id).await?;
            if turn < 6 {
                enrol(&*store, &bank, &[&format!("late {turn}")]).await?;
            }
        }
    }
    for name in &names {
        let times = seen.iter().filter(|seen| *seen == name).count();
        same!(times, 1, format!("times that {name:?} came"));
    }
    ensure!(deleted.len() >= 5, "too few batches: {}", deleted.len());
    Ok(())
}

async fn a_deleted_app_has_no_templates(store: Arc<dyn Store>) -> CheckResult {
    let (bank, other) = (with_app(&*store, app("bank")?).await?, with_app(&*store, app("other")?).await?);
    enrol(&*store, &bank, &["a", "b", "c", "d"]).await?;
    enrol(&*store, &other, &["b"]).await?;
    store.delete_app(&bank).await?;
    let owners: Vec<_> = all_templates(&*store, 2).await?.into_iter().map(|(app, id, _)| (app, id)).collect();
    same!(owners, [("other".to_owned(), "b".to_owned())], "owners of the templates");
    Ok(())
}
