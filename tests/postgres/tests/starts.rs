//! The throw-away server starts, forgets nothing over a crash, follows as a standby, and leaves nothing behind.

use facegate_test_postgres::{Postgres, Stop};

#[test]
fn a_server_comes_back_with_its_data_and_leaves_no_folder() {
    let Some(server) = Postgres::start(&[]) else { return };
    let url = server.database();
    assert!(url.contains(server.password()) && url.ends_with("/test_0"));
    server.sql("test_0", "CREATE TABLE t (v vector(2)); INSERT INTO t VALUES ('[1,2]')");
    for how in [Stop::Crash, Stop::Fast] {
        server.stop(how);
        assert!(server.try_sql("test_0", "SELECT 1").is_err());
        server.start_again();
        assert_eq!(server.sql("test_0", "SELECT v FROM t"), "[1,2]");
    }
    assert_eq!(server.sql("test_0", "SELECT halfvec '[1,2]' <#> '[3,4]', version() LIKE 'PostgreSQL 18%'"), "-11|t");
    let data = server.data();
    drop(server);
    assert!(!data.exists());
}

#[test]
fn a_standby_follows_and_takes_over() {
    let Some(primary) = Postgres::start(&[]) else { return };
    primary.database();
    let standby = primary.standby();
    primary.sql("test_0", "CREATE TABLE t AS SELECT 7 AS x");
    let lsn = primary.sql("postgres", "SELECT pg_current_wal_lsn()");
    while standby.sql("postgres", &format!("SELECT pg_last_wal_replay_lsn() >= '{lsn}'")) != "t" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(standby.try_sql("test_0", "INSERT INTO t VALUES (8)").is_err(), "a standby must not be written");
    primary.stop(Stop::Crash);
    standby.promote();
    standby.sql("test_0", "INSERT INTO t VALUES (8)");
    assert_eq!(standby.sql("test_0", "SELECT sum(x) FROM t"), "15");
}
