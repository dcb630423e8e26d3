//! The suite passes on the model and fails on every broken one, by the check that is meant for it.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_passes() {
    run_all(async || Arc::new(ModelStore::default()) as Arc<dyn Store>).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_defect_is_found_by_name() {
    for (defect, check) in [
        (Defect::OneUnitTooMany, "quotas::a_race_gets_exactly_the_units"),
        (Defect::OneUnitTooMany, "quotas::racing_enrolments_store_exactly_the_units"),
        (Defect::HalfACharge, "quotas::a_charge_takes_both_kinds_or_neither"),
        (Defect::WritesWhenExhausted, "quotas::an_exhausted_quota_writes_nothing"),
        (Defect::MovesCreation, "subjects::an_update_replaces_all_and_keeps_the_first_time"),
        (Defect::KeepsOldPhoto, "subjects::an_update_without_a_photo_removes_the_photo"),
        (Defect::ForgetsMetadata, "subjects::an_update_replaces_all_and_keeps_the_first_time"),
        (Defect::ForgetsMetadata, "subjects::racing_updates_leave_one_whole_state"),
        (Defect::LeavesPhoto, "subjects::a_deleted_subject_is_gone_and_may_come_back"),
        (Defect::SharesSubjects, "isolation::one_id_in_two_apps_is_two_subjects"),
        (Defect::SharesSubjects, "isolation::a_deletion_stays_in_its_app"),
        (Defect::FoldsCase, "subjects::ids_are_told_apart_byte_by_byte"),
        (Defect::OrdersById, "apps::apps_come_oldest_first"),
        (Defect::OverwritesApp, "apps::an_id_is_taken_once"),
        (Defect::OverwritesApp, "apps::of_racing_creators_one_wins"),
        (Defect::RevokesTwice, "apps::a_revoked_key_stays_revoked"),
        (Defect::LeavesSubjects, "apps::a_deleted_app_leaves_nothing"),
        (Defect::MixesModels, "subjects::the_first_enrolment_decides_the_model"),
        (Defect::RoundsTemplates, "subjects::template_bits_survive"),
        (Defect::SharesSubjects, "pages::a_list_shows_the_own_app_only"),
        (Defect::RepeatsTheCursor, "pages::subjects_come_in_the_order_of_their_bytes"),
        (Defect::RepeatsTheCursor, "pages::pages_stay_right_while_subjects_come_and_go"),
        (Defect::LosesItsPlace, "pages::pages_stay_right_while_subjects_come_and_go"),
        (Defect::IgnoresPageLimits, "pages::a_page_has_at_most_its_limit"),
        (Defect::ListsLikeADictionary, "pages::subjects_come_in_the_order_of_their_bytes"),
        (Defect::MovesCreation, "pages::a_summary_tells_what_was_enrolled"),
        (Defect::BeginsTemplatesAnew, "pages::templates_stay_right_while_subjects_come_and_go"),
        (Defect::TemplatesOfOneApp, "pages::templates_of_all_apps_come_once"),
        (Defect::RoundsTemplates, "pages::templates_of_all_apps_come_once"),
        (Defect::LeavesSubjects, "pages::a_deleted_app_has_no_templates"),
        (Defect::ChargesReplays, "replays::a_repetition_gets_the_first_answer_and_writes_nothing"),
        (Defect::ChargesReplays, "replays::a_repetition_passes_an_exhausted_quota"),
        (Defect::ChargesReplays, "replays::a_refusal_by_a_gate_is_repeated_too"),
        (Defect::WritesReplays, "replays::a_repetition_gets_the_first_answer_and_writes_nothing"),
        (Defect::LosesFingerprint, "replays::a_repetition_gets_the_first_answer_and_writes_nothing"),
        (Defect::ReplacesAnswers, "replays::of_racing_repetitions_one_writes"),
        (Defect::SharesAnswers, "replays::one_key_in_two_apps_is_two"),
        (Defect::ForgetsNamesakes, "replays::one_key_in_two_apps_is_two"),
        (Defect::NeverExpires, "replays::an_expired_answer_is_replaced"),
        (Defect::NeverExpires, "replays::many_expired_answers_are_no_obstacle"),
        (Defect::KeepsExpired, "replays::an_expired_answer_is_replaced"),
        (Defect::RemembersRefusals, "replays::a_refused_commit_is_not_remembered"),
        (Defect::LeavesAnswers, "replays::a_deleted_subject_is_forgotten"),
        (Defect::LeavesAnswersOfStrangers, "replays::a_deleted_subject_is_forgotten"),
        (Defect::LeavesAnswersOfApps, "replays::a_deleted_app_is_forgotten"),
    ] {
        let failed = run_all(async || Arc::new(ModelStore::broken(defect)) as Arc<dyn Store>).await.unwrap_err();
        assert!(failed.names(check), "{defect:?} was not found by {check}, only: {failed}");
    }
}

/// The smallest race on which a store is found wrong, of as many as a backend tries.
fn raced(store: fn() -> ModelStore) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    random::tried(60, races::race(), |race| runtime.block_on(races::check(Arc::new(store()), race)))
}

#[test]
fn races_balance_on_the_model_and_not_on_broken_ones() {
    raced(ModelStore::default).unwrap();
    for (broken, found) in [
        (raced(|| ModelStore::broken(Defect::OneUnitTooMany)), "units than granted"),
        (raced(|| ModelStore::broken(Defect::HalfACharge)), "units used"),
        (raced(|| ModelStore::broken(Defect::WritesWhenExhausted)), "subject"),
    ] {
        let told = broken.unwrap_err();
        assert!(told.contains(found), "{told}");
    }
}
