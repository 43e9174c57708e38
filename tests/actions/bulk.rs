//! Acts on many cases: each case by itself, nothing that changed meanwhile, and no revocation without a second person.

use revocation_desk::actions::approve_bulk::{ApproveBulk, approve_bulk};
use revocation_desk::actions::cancel_bulk::{CancelBulk, cancel_bulk};
use revocation_desk::actions::decline_bulk::{DeclineBulk, decline_bulk};
use revocation_desk::actions::execute_bulk::{ExecuteBulk, execute_bulk};
use revocation_desk::actions::prepare_bulk::{PrepareBulk, prepare_bulk};
use revocation_desk::actions::request_bulk::{RequestBulk, request_bulk};
use revocation_desk::actions::run_bulk::run_bulk;
use revocation_desk::domain::bulk::{BulkKind, BulkOrder, BulkOrigin, BulkState};
use revocation_desk::domain::case::CaseState;
use revocation_desk::domain::role::Role;
use revocation_desk::models::batch_runs::BatchRun;
use revocation_desk::models::bulk_acts::{self, BulkAct};
use revocation_desk::models::columns::{ItemOutcome, RunStatus};
use revocation_desk::models::revocation_cases::Case;
use revocation_desk::models::users::{self, NewUser};

use crate::builders::{World, agent, another_supervisor, codes, day, supervisor};
use crate::fake_ca::Behaviour;

async fn prepared(world: &World, kind: BulkKind, cases: &[&Case]) -> BulkAct {
    let numbers = cases.iter().map(|case| case.reception_number).collect();
    let input = PrepareBulk { kind, origin: BulkOrigin::Rows, conditions: String::new(), cases: numbers };
    prepare_bulk(&world.desk, input, &agent(), world.now).await.unwrap()
}

async fn requested(world: &World, cases: &[&Case]) -> BulkAct {
    let act = prepared(world, BulkKind::Revoke, cases).await;
    let input = RequestBulk { bulk_id: act.id, version: act.version, ground: "サーバー入れ替え".to_owned() };
    request_bulk(&world.desk, input, &supervisor(), world.now).await.unwrap()
}

async fn approved(world: &World, act: &BulkAct, count: usize) -> (BulkAct, BatchRun) {
    let input = ApproveBulk { bulk_id: act.id, version: act.version, count: count.to_string() };
    approve_bulk(&world.desk, input, &another_supervisor(), world.now).await.unwrap()
}

async fn run(world: &World, act: &BulkAct, run: BatchRun) -> BatchRun {
    run_bulk(&world.desk, act, run, &another_supervisor(), world.now).await.unwrap()
}

/// What became of each case, in the order of the list, with the code of the refusal.
async fn outcomes(world: &World, act: &BulkAct) -> Vec<(Option<ItemOutcome>, Option<String>)> {
    let items = bulk_acts::items(&world.desk.db, act.id).await.unwrap();
    items.iter().map(|item| (item.outcome, item.refusal().map(|refusal| refusal.code))).collect()
}

#[tokio::test]
async fn two_supervisors_revoke_what_is_confirmed_and_due_and_the_rest_keeps_its_reason() {
    let world = World::new().await;
    let confirmed = world.a_case().in_state(CaseState::Confirmed).open().await;
    let ev = world.a_case().ev().in_state(CaseState::Confirmed).open().await;
    let uncalled = world.a_case().open().await;
    let held = world.a_case().in_state(CaseState::OnHold).open().await;
    let act = requested(&world, &[&confirmed, &uncalled, &ev, &held]).await;
    let left_out = (Some(ItemOutcome::LeftOut), Some("no_authorization".to_owned()));
    assert_eq!(outcomes(&world, &act).await, [(None, None), left_out.clone(), (None, None), left_out]);
    assert_eq!(world.ca.revocations(), [], "a request revokes nothing");

    let (act, begun) = approved(&world, &act, 2).await;
    let ended = run(&world, &act, begun).await;

    assert_eq!((ended.status, ended.target, ended.done), (RunStatus::Finished, 2, 2));
    for case in [&confirmed, &ev] {
        assert_eq!(world.reload(case).await.state, CaseState::Revoked);
    }
    for case in [&uncalled, &held] {
        assert_eq!(world.reload(case).await, *case);
    }
    assert_eq!(world.ca.revocations().len(), 2);
}

#[tokio::test]
async fn nobody_approves_or_declines_their_own_request() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let act = requested(&world, &[&case]).await;
    let (bulk_id, version) = (act.id, act.version);
    let approval = ApproveBulk { bulk_id, version, count: "1".to_owned() };
    let own = approve_bulk(&world.desk, approval, &supervisor(), world.now).await;
    assert_eq!(codes(own), ["own_request"]);
    let decline = DeclineBulk { bulk_id, version, ground: "対象が違う".to_owned() };
    assert_eq!(codes(decline_bulk(&world.desk, decline, &supervisor(), world.now).await), ["own_request"]);
    assert_eq!(bulk_acts::by_id(&world.desk.db, act.id).await.unwrap(), act);
    assert_eq!(world.count("batch_runs").await, 0);
}

#[tokio::test]
async fn an_approval_needs_the_right_count_and_comes_once() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let act = requested(&world, &[&case]).await;
    for (count, code) in [("", "bulk_count_missing"), ("2", "bulk_count_differs"), ("0", "bulk_count_differs")] {
        let input = ApproveBulk { bulk_id: act.id, version: act.version, count: count.to_owned() };
        let refused = approve_bulk(&world.desk, input, &another_supervisor(), world.now).await;
        assert_eq!(codes(refused), [code], "{count}");
    }
    approved(&world, &act, 1).await;
    let again = ApproveBulk { bulk_id: act.id, version: act.version, count: "1".to_owned() };
    let refused = approve_bulk(&world.desk, again, &another_supervisor(), world.now).await;
    assert_eq!(codes(refused), ["bulk_moved_on"]);
    assert_eq!(world.count("batch_runs").await, 1);
}

#[tokio::test]
async fn a_case_that_changed_after_the_request_is_not_touched_and_one_that_fails_stops_nobody() {
    let world = World::new().await;
    let changed = world.a_case().in_state(CaseState::Confirmed).open().await;
    let refused = world.a_case().in_state(CaseState::Confirmed).open().await;
    let unreachable = world.a_case().in_state(CaseState::Confirmed).open().await;
    let good = world.a_case().in_state(CaseState::Confirmed).open().await;
    let act = requested(&world, &[&changed, &refused, &unreachable, &good]).await;
    let version = changed.version;
    world.tamper(&format!("UPDATE revocation_cases SET version = {} WHERE id = {}", version + 1, changed.id)).await;
    world.ca.will(&world.source(&refused).await.serial, Behaviour::Refuses("not in our books"));
    world.ca.will(&world.source(&unreachable).await.serial, Behaviour::OutOfReach);

    let (act, begun) = approved(&world, &act, 4).await;
    let ended = run(&world, &act, begun).await;

    assert_eq!((ended.status, ended.done, ended.failed, ended.skipped), (RunStatus::Failed, 1, 2, 1));
    let code = |code: &str| Some(code.to_owned());
    assert_eq!(
        outcomes(&world, &act).await,
        [
            (Some(ItemOutcome::Skipped), code("bulk_case_changed")),
            (Some(ItemOutcome::Failed), code("bulk_ca_refused")),
            (Some(ItemOutcome::Failed), code("bulk_ca_unavailable")),
            (Some(ItemOutcome::Done), None),
        ]
    );
    assert_eq!(world.reload(&changed).await.state, CaseState::Confirmed);
    assert_eq!(world.reload(&good).await.state, CaseState::Revoked);
    for number in [&changed, &refused, &unreachable].map(|case| case.reception_number.to_string()) {
        assert!(ended.detail.contains(&number), "{number} in {}", ended.detail);
    }
}

#[tokio::test]
async fn a_run_that_is_cut_off_is_interrupted_and_the_daily_run_takes_the_rest() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    let act = requested(&world, &[&case]).await;
    let (act, begun) = approved(&world, &act, 1).await;
    world.desk.stop.cancel();
    let ended = run(&world, &act, begun).await;
    assert_eq!((ended.status, ended.done), (RunStatus::Interrupted, 0));
    assert_eq!(world.reload(&case).await.state, CaseState::Confirmed);
    assert_eq!(outcomes(&world, &act).await, [(None, None)]);
}

#[tokio::test]
async fn nothing_to_revoke_is_not_asked_for() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let act = prepared(&world, BulkKind::Revoke, &[&case]).await;
    let request = |ground: &str| RequestBulk { bulk_id: act.id, version: act.version, ground: ground.to_owned() };
    let groundless = request_bulk(&world.desk, request(" "), &supervisor(), world.now).await;
    assert_eq!(codes(groundless), ["decline_ground_missing"]);
    let refused = request_bulk(&world.desk, request("入れ替え"), &supervisor(), world.now).await;
    assert_eq!(codes(refused), ["bulk_nothing_left"]);
    assert_eq!(outcomes(&world, &act).await, [(None, None)], "nothing is written by halves");
}

#[tokio::test]
async fn what_was_taken_back_or_declined_goes_no_further() {
    let world = World::new().await;
    let case = world.a_case().in_state(CaseState::Confirmed).open().await;
    for decline in [false, true] {
        let act = requested(&world, &[&case]).await;
        let (bulk_id, version) = (act.id, act.version);
        let closed = if decline {
            let input = DeclineBulk { bulk_id, version, ground: "対象が違う".to_owned() };
            decline_bulk(&world.desk, input, &another_supervisor(), world.now).await
        } else {
            let input = CancelBulk { bulk_id, version };
            let stranger = cancel_bulk(&world.desk, input, &another_supervisor(), world.now).await;
            assert_eq!(codes(stranger), ["bulk_not_own"]);
            cancel_bulk(&world.desk, CancelBulk { bulk_id, version }, &supervisor(), world.now).await
        };
        let closed = closed.unwrap();
        assert_eq!(closed.state, if decline { BulkState::Declined } else { BulkState::Cancelled });
        let late = ApproveBulk { bulk_id, version: closed.version, count: "1".to_owned() };
        let late = approve_bulk(&world.desk, late, &another_supervisor(), world.now).await;
        assert_eq!(codes(late), ["bulk_moved_on"]);
    }
    assert_eq!(world.ca.revocations(), []);
}

async fn execute(world: &World, act: &BulkAct, order: BulkOrder) -> BulkAct {
    let input = ExecuteBulk { bulk_id: act.id, version: act.version, order };
    execute_bulk(&world.desk, input, &agent(), world.now).await.unwrap()
}

#[tokio::test]
async fn a_new_date_for_many_tells_for_each_why_not() {
    let world = World::new().await;
    let moved = world.a_case().open().await;
    let short = world.a_certificate().valid_until(day("2026-12-04")).register().await;
    let short = world.a_case().on(&short).open().await;
    let gone = world.a_case().in_state(CaseState::Withdrawn).open().await;
    let act = prepared(&world, BulkKind::Reschedule, &[&moved, &short, &gone]).await;

    let done = execute(&world, &act, BulkOrder::Reschedule(day("2026-12-08"))).await;

    assert_eq!((done.state, done.parameter.as_deref()), (BulkState::Done, Some("2026-12-08")));
    let skipped = |code: &str| (Some(ItemOutcome::Skipped), Some(code.to_owned()));
    assert_eq!(
        outcomes(&world, &act).await,
        [(Some(ItemOutcome::Done), None), skipped("requested_on_after_last_day"), skipped("transition_refused"),]
    );
    assert_eq!(world.reload(&moved).await.requested_on, day("2026-12-08"));
    assert_eq!(world.mail_kinds(&moved).await.last().unwrap(), "requested_date_changed");
    assert_eq!(world.reload(&short).await, short);
    let again = ExecuteBulk { bulk_id: act.id, version: act.version, order: BulkOrder::Reschedule(day("2026-12-09")) };
    assert_eq!(codes(execute_bulk(&world.desk, again, &agent(), world.now).await), ["bulk_moved_on"]);
}

#[tokio::test]
async fn the_last_notice_goes_out_once_more_unless_it_is_still_on_its_way() {
    let world = World::new().await;
    let sent = world.a_case().open().await;
    world.tamper("UPDATE messages SET status = 'sent'").await;
    let waiting = world.a_case().open().await;
    let act = prepared(&world, BulkKind::Resend, &[&sent, &waiting]).await;
    execute(&world, &act, BulkOrder::Resend).await;
    let skipped = (Some(ItemOutcome::Skipped), Some("message_still_queued".to_owned()));
    assert_eq!(outcomes(&world, &act).await, [(Some(ItemOutcome::Done), None), skipped]);
    let mails = world.mails(&sent).await;
    let last = &mails[mails.len() - 2];
    assert_eq!(mails.last().unwrap().resend_of, Some(last.id));
    assert_eq!(mails.last().unwrap().body_text, last.body_text);
}

#[tokio::test]
async fn cases_are_handed_to_a_colleague_who_takes_calls() {
    let world = World::new().await;
    let open = world.a_case().open().await;
    let closed = world.a_case().in_state(CaseState::Withdrawn).open().await;
    let staff = |email: &str, role| NewUser {
        email: email.to_owned(),
        name: "当番 葵".to_owned(),
        role,
        password_hash: String::new(),
        must_change_password: false,
    };
    let colleague = users::insert(&world.desk.db, staff("aoi", Role::Agent), world.now).await.unwrap();
    let auditor = users::insert(&world.desk.db, staff("kansa", Role::Auditor), world.now).await.unwrap();
    let act = prepared(&world, BulkKind::Assign, &[&open, &closed]).await;
    for nobody in [auditor.id, 9999] {
        let order = BulkOrder::Assign(Some(nobody));
        let input = ExecuteBulk { bulk_id: act.id, version: act.version, order };
        assert_eq!(codes(execute_bulk(&world.desk, input, &agent(), world.now).await), ["assignee_unknown"]);
    }
    execute(&world, &act, BulkOrder::Assign(Some(colleague.id))).await;
    let skipped = (Some(ItemOutcome::Skipped), Some("assign_closed".to_owned()));
    assert_eq!(outcomes(&world, &act).await, [(Some(ItemOutcome::Done), None), skipped]);
    let handed = world.reload(&open).await;
    assert_eq!((handed.assignee_id, handed.version), (Some(colleague.id), open.version));
}

#[tokio::test]
async fn the_list_is_frozen_when_it_is_made() {
    let world = World::new().await;
    let case = world.a_case().open().await;
    let twice = prepared(&world, BulkKind::Resend, &[&case, &case]).await;
    assert_eq!(outcomes(&world, &twice).await.len(), 1, "a case that is named twice is there once");
    let empty =
        PrepareBulk { kind: BulkKind::Resend, origin: BulkOrigin::Rows, conditions: String::new(), cases: Vec::new() };
    assert_eq!(codes(prepare_bulk(&world.desk, empty, &agent(), world.now).await), ["bulk_nothing_chosen"]);
}
