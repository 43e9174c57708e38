//! No room on the disk: nothing is asked of the CA that is not written down first, and the work goes on when there is
//! room again.

use std::process::{Command, Output};

use chrono::Duration;

use crate::books::assert_finished_once;
use crate::office::Office;

const CASES: u32 = 24;
/// Of the limit below, in octets.
const BLOCK: u64 = 512;

/// Runs the task with no file growing beyond `blocks`. The signal of the limit is ignored, so that writing fails as it
/// does on a full disk.
fn cramped(office: &Office, blocks: u64) -> Output {
    let program = office.program(&["task", "revoke_due"]);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"")).arg("sh").arg(program.get_program());
    shell.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    shell.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_a_run_before_the_ca_is_asked_and_the_next_one_finishes() {
    let (mut stopped_in_the_middle, mut stopped) = (0, 0);
    // The log of SQLite grows by about 100 KB for each chunk of this run.
    for kilobytes in [40, 80, 160, 320, 480, 640] {
        let office = Office::on_sqlite(CASES).await;
        office.set("/settings/revocation/chunk", 4);

        let output = cramped(&office, kilobytes * 1024 / BLOCK);

        office.books.assert_sound().await;
        let revoked = office.books.count("ca_revocations").await;
        stopped += u32::from(!output.status.success());
        stopped_in_the_middle += u32::from(revoked > 0 && revoked < i64::from(CASES));
        office.pass(Duration::minutes(10));
        office.task("revoke_due");
        assert_finished_once(&office, i64::from(CASES), 0).await;
    }
    assert!(stopped > 1, "the limit was felt {stopped} times");
    assert!(stopped_in_the_middle > 0, "no run was stopped between its first and its last revocation");
}
