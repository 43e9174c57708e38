//! Filing: what is refused and why, and what one submission leaves behind.

use chrono::Days;
use revocation_desk::actions::file_application::{Caller, CsrChoice, FileApplication, file_application};
use revocation_desk::actions::issue_pending::issue_pending;
use revocation_desk::actions::issue_replacement::issue_replacement;
use revocation_desk::domain::actor::{Actor, Identity};
use revocation_desk::domain::application::{CrlReason, FilingChannel, ReissueReason};
use revocation_desk::domain::case::CaseState;
use revocation_desk::models::certificates::{self, Certificate};
use revocation_desk::models::customers::{self, NewCustomer};
use revocation_desk::models::reissue_drafts::Draft;
use revocation_desk::models::{reissue_applications, reissue_drafts, subscribers};

use crate::builders::{World, a_csr, agent, an_application, codes, customer, customer_of, day, param, problem};

#[tokio::test]
async fn an_application_makes_a_case_with_a_consent_and_a_mail() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;

    let application = an_application(&certificate, day("2026-12-08"));
    let case = file_application(&world.desk, application, &customer(), world.now).await.unwrap();

    assert_eq!(case.state, CaseState::AwaitingReissue);
    assert_eq!(case.reception_number.to_string(), "RQ-261124-0001");
    assert_eq!(case.revocation_reason, CrlReason::Superseded);
    assert_eq!((case.requested_on, case.due_on), (day("2026-12-08"), day("2026-12-08")));
    assert_eq!(world.mail_kinds(&case).await, ["application_received"]);
    assert_eq!(world.count("consents").await, 1);
}

#[tokio::test]
async fn a_day_on_which_the_desk_is_closed_moves_to_the_next_business_day() {
    for (requested_on, due_on) in [
        ("2026-11-28", "2026-11-30"), // Saturday
        ("2026-12-29", "2027-01-04"), // year end
        ("2027-05-03", "2027-05-06"), // three holidays in a row
    ] {
        let world = World::new().await;
        let certificate = world.a_certificate().register().await;

        let application = an_application(&certificate, day(requested_on));
        let case = file_application(&world.desk, application, &customer(), world.now).await.unwrap();

        assert_eq!((case.requested_on, case.due_on), (day(requested_on), day(due_on)));
    }
}

#[tokio::test]
async fn a_certificate_can_be_reissued_from_the_31st_day_on() {
    for (issued_days_ago, refused) in [(0, true), (30, true), (31, false), (32, false)] {
        let world = World::new().await;
        let certificate = world.a_certificate().issued_days_ago(issued_days_ago).register().await;

        let application = an_application(&certificate, day("2026-12-08"));
        let filed = file_application(&world.desk, application, &customer(), world.now).await;

        assert_eq!(filed.is_err(), refused, "issued {issued_days_ago} days ago");
        if refused {
            assert_eq!(codes(filed), ["issued_within_30_days"]);
        }
    }
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once_and_nothing_is_written() {
    let world = World::new().await;
    let certificate = world.a_certificate().issued_days_ago(10).ou("Sales").ou("‐").register().await;
    let application = FileApplication {
        csr: CsrChoice::Given(b"not a request".to_vec()),
        agreement_version: "0.9".to_owned(),
        ..an_application(&certificate, day("2026-11-23"))
    };

    let refused = file_application(&world.desk, application, &customer(), world.now).await;

    assert_eq!(
        codes(refused),
        ["issued_within_30_days", "ou_symbols_only", "agreement_version_differs", "requested_on_past", "csr_malformed"]
    );
    for table in ["reissue_applications", "consents", "revocation_cases", "messages", "calls"] {
        assert_eq!(world.count(table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_refused_application_uses_up_no_reception_number() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let too_late = an_application(&certificate, certificate.last_day() + Days::new(1));
    let refused = file_application(&world.desk, too_late, &customer(), world.now).await;
    assert_eq!(codes(refused), ["requested_on_after_last_day"]);

    let application = an_application(&certificate, certificate.last_day() - Days::new(7));
    let case = file_application(&world.desk, application, &customer(), world.now).await.unwrap();

    assert_eq!(case.reception_number.number(), 1);
}

#[tokio::test]
async fn the_certificate_of_another_organisation_does_not_exist() {
    let world = World::new().await;
    let certificate = world.a_certificate().issued_days_ago(10).register().await;
    let stranger = world.a_subscriber().named("例示運輸株式会社").register().await;

    let application = an_application(&certificate, day("2026-12-08"));
    let refused = file_application(&world.desk, application, &customer_of(stranger.id), world.now).await;

    assert_eq!(codes(refused), ["certificate_not_found"]);
}

#[tokio::test]
async fn a_second_application_for_the_same_certificate_names_the_first() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let first = world.a_case().on(&certificate).in_state(CaseState::AwaitingReissue).open().await;

    let again = an_application(&certificate, day("2026-12-08"));
    let refused = problem(file_application(&world.desk, again, &customer(), world.now).await);

    assert_eq!(refused.code, "case_in_progress");
    assert_eq!(param(&refused, "reception_number"), Some(first.reception_number.to_string().as_str()));
}

#[tokio::test]
async fn two_submissions_at_the_same_moment_file_once() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let applicant = customer();
    let submit = || {
        let application = an_application(&certificate, day("2026-12-08"));
        file_application(&world.desk, application, &applicant, world.now)
    };

    let (first, second) = tokio::join!(submit(), submit());

    assert!(first.is_ok() != second.is_ok());
    assert_eq!(world.count("revocation_cases").await, 1);
}

#[tokio::test]
async fn the_reason_fixes_what_the_crl_will_say() {
    for (reason, exposed, expected) in [
        (ReissueReason::ServerReplacement, None, Ok(CrlReason::Superseded)),
        (ReissueReason::Other, Some(false), Ok(CrlReason::Superseded)),
        (ReissueReason::KeyLostOrDamaged, Some(false), Ok(CrlReason::Superseded)),
        (ReissueReason::KeyLostOrDamaged, Some(true), Ok(CrlReason::KeyCompromise)),
        (ReissueReason::KeyCompromise, None, Ok(CrlReason::KeyCompromise)),
        (ReissueReason::KeyLostOrDamaged, None, Err("key_exposure_unanswered")),
    ] {
        let world = World::new().await;
        let certificate = world.a_certificate().register().await;
        let application = FileApplication {
            reason,
            key_possibly_exposed: exposed,
            ..an_application(&certificate, day("2026-12-08"))
        };

        let filed = file_application(&world.desk, application, &customer(), world.now).await;

        match expected {
            Ok(crl_reason) => assert_eq!(filed.unwrap().revocation_reason, crl_reason),
            Err(code) => assert_eq!(codes(filed), [code]),
        }
    }
}

#[tokio::test]
async fn only_a_key_compromise_comes_without_a_date() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let application = FileApplication { requested_on: None, ..an_application(&certificate, world.today()) };

    let refused = file_application(&world.desk, application, &customer(), world.now).await;

    assert_eq!(codes(refused), ["requested_on_missing"]);
}

#[tokio::test]
async fn a_lost_key_cannot_be_certified_again() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let application = FileApplication {
        reason: ReissueReason::KeyLostOrDamaged,
        key_possibly_exposed: Some(false),
        csr: CsrChoice::Reuse,
        ..an_application(&certificate, day("2026-12-08"))
    };

    let refused = file_application(&world.desk, application, &customer(), world.now).await;

    assert_eq!(codes(refused), ["csr_reuse_refused"]);
}

#[tokio::test]
async fn a_pasted_private_key_is_refused_and_kept_nowhere() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let application =
        FileApplication { csr: CsrChoice::Given(key.into_bytes()), ..an_application(&certificate, world.today()) };

    let refused = problem(file_application(&world.desk, application, &customer(), world.now).await);

    assert_eq!(refused.code, "csr_private_key");
    assert!(refused.params.is_empty(), "nothing of the key is repeated");
    assert_eq!(world.count("reissue_applications").await, 0);
}

#[tokio::test]
async fn old_validation_data_lets_the_application_wait() {
    let world = World::new().await;
    let certificate = world.a_certificate().validation_data_until(day("2026-11-23")).register().await;

    let application = an_application(&certificate, day("2026-12-08"));
    let case = file_application(&world.desk, application, &customer(), world.now).await.unwrap();
    let issued = issue_replacement(&world.desk, case.id, &agent(), world.now).await;

    assert_eq!(codes(issued), ["reexamination_needed"]);
    assert_eq!(world.reload(&case).await.state, CaseState::AwaitingReissue);
}

#[tokio::test]
async fn an_agent_files_for_a_caller_and_the_record_says_so() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let application = FileApplication {
        channel: FilingChannel::Agent,
        caller: Some(Caller { name: "例文 花".to_owned(), ground: "ポータルに入れないため".to_owned() }),
        csr: CsrChoice::Given(a_csr()),
        ..an_application(&certificate, day("2026-12-08"))
    };

    let case = file_application(&world.desk, application, &agent(), world.now).await.unwrap();

    let filed = reissue_applications::by_id(&world.desk.db, case.application_id).await.unwrap();
    assert_eq!(filed.channel, FilingChannel::Agent);
    assert_eq!(filed.filed_by, agent().key());
    assert_eq!(filed.caller_name.as_deref(), Some("例文 花"));
}

#[tokio::test]
async fn a_draft_is_filed_once_and_names_what_it_became() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let draft = a_draft(&world, &certificate).await;
    let application = || FileApplication { draft: Some(draft.id), ..an_application(&certificate, day("2026-12-08")) };

    let applicant = customer();
    let (first, second) = tokio::join!(
        file_application(&world.desk, application(), &applicant, world.now),
        file_application(&world.desk, application(), &applicant, world.now)
    );

    let (filed, refused) = if first.is_ok() { (first, second) } else { (second, first) };
    let number = filed.unwrap().reception_number.to_string();
    let refused = problem(refused);
    assert_eq!(refused.code, "application_already_filed");
    assert_eq!(param(&refused, "reception_number"), Some(number.as_str()));
    assert_eq!(world.count("reissue_applications").await, 1);
}

#[tokio::test]
async fn a_draft_that_is_gone_or_somebody_elses_files_nothing() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let draft = a_draft(&world, &certificate).await;
    let owner = subscribers::by_id(&world.desk.db, certificate.subscriber_id).await.unwrap();
    let other = world.a_certificate().of(&owner).register().await;
    for (id, certificate, applicant) in [
        (draft.id + 1, &certificate, customer()),
        (draft.id, &other, customer()),
        (draft.id, &certificate, agent()),
        (draft.id, &certificate, another_customer()),
    ] {
        let application = FileApplication { draft: Some(id), ..an_application(certificate, day("2026-12-08")) };
        let refused = file_application(&world.desk, application, &applicant, world.now).await;
        assert_eq!(codes(refused), ["draft_gone"]);
    }
    assert_eq!(world.count("reissue_applications").await, 0);
}

#[tokio::test]
async fn a_refused_application_leaves_its_draft_open() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    let draft = a_draft(&world, &certificate).await;
    let application =
        |requested_on| FileApplication { draft: Some(draft.id), ..an_application(&certificate, day(requested_on)) };
    let refused = file_application(&world.desk, application("2026-11-23"), &customer(), world.now).await;
    assert_eq!(codes(refused), ["requested_on_past"]);
    file_application(&world.desk, application("2026-12-08"), &customer(), world.now).await.unwrap();
}

#[tokio::test]
async fn a_csr_follows_only_where_a_key_is_compromised() {
    for (reason, exposed, code) in [
        (ReissueReason::KeyCompromise, None, None),
        (ReissueReason::KeyLostOrDamaged, Some(true), None),
        (ReissueReason::KeyLostOrDamaged, Some(false), Some("csr_later_refused")),
        (ReissueReason::ServerReplacement, None, Some("csr_later_refused")),
    ] {
        let world = World::new().await;
        let certificate = world.a_certificate().register().await;
        let application = FileApplication {
            reason,
            key_possibly_exposed: exposed,
            csr: CsrChoice::Later,
            ..an_application(&certificate, day("2026-12-08"))
        };

        let filed = file_application(&world.desk, application, &customer(), world.now).await;

        if let Some(code) = code {
            assert_eq!(codes(filed), [code]);
            continue;
        }
        let case = filed.unwrap();
        assert_eq!(case.state, CaseState::Confirmed, "the revocation does not wait");
        let issued = issue_replacement(&world.desk, case.id, &agent(), world.now).await;
        assert_eq!(codes(issued), ["csr_unknown"]);
        assert_eq!(issue_pending(&world.desk, &Actor::batch(), world.now).await.unwrap().target, 0);
    }
}

#[tokio::test]
async fn the_csr_of_the_source_is_not_used_again_once_its_key_is_blocked() {
    let world = World::new().await;
    let certificate = world.a_certificate().register().await;
    certificates::block_key(&world.desk.db, &certificate.spki_sha256, world.now).await.unwrap();
    let application = FileApplication { csr: CsrChoice::Reuse, ..an_application(&certificate, day("2026-12-08")) };
    let refused = file_application(&world.desk, application, &customer(), world.now).await;
    assert_eq!(codes(refused), ["csr_key_blocked"]);
}

/// Of the customer who files in these tests.
async fn a_draft(world: &World, certificate: &Certificate) -> Draft {
    for login in ["hana", "jiro"] {
        let new = NewCustomer {
            subscriber_id: certificate.subscriber_id,
            login: login.to_owned(),
            name: "例文 花".to_owned(),
            email: format!("{login}@example.jp"),
            password_hash: None,
        };
        customers::insert(&world.desk.db, new, world.now).await.unwrap();
    }
    reissue_drafts::begin(&world.desk.db, 1, certificate.id, world.now).await.unwrap()
}

/// A colleague of the same organisation.
fn another_customer() -> Actor {
    Actor::new(Identity::Customer { id: 2, name: "例文 次郎".to_owned(), subscriber_id: 1 }, None)
}
