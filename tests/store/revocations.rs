//! The revocations' rows and their numbers.

use sharehold::store::{Instant, Revocation, StoreError, revocations};

use super::support::{TestDatabase, on_both, writes};

on_both! { each_revocation_has_the_next_number }

fn revocation(number: i64, client: Option<&str>) -> Revocation {
    Revocation {
        number,
        issuer: "https://as.example".into(),
        subject: Some("ann".into()),
        client: client.map(Into::into),
        token: None,
        before: Some(Instant::from_micros(1_767_225_600_000_000)),
    }
}

async fn each_revocation_has_the_next_number(database: &TestDatabase) {
    let store = database.open();
    assert_eq!(store.revocation_number().await, Ok(0));
    assert_eq!(store.revocations().await, Ok(vec![]));
    let tasks: Vec<_> = (0..16)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                let subject = format!("person {index}");
                let row = revocation(0, (index == 0).then_some("site"));
                let grant = writes(&subject);
                let add = store.write(&grant, move |on| revocations::add(on.parts().1, &row, Instant::from_micros(1)));
                add.await
            })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap().unwrap());
    }
    let of_client = numbers[0];
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=16).collect::<Vec<_>>());
    assert_eq!(store.revocation_number().await, Ok(16));
    let rows = store.revocations().await.unwrap();
    let expected: Vec<_> = (1..=16).map(|number| revocation(number, (number == of_client).then_some("site"))).collect();
    assert_eq!(rows, expected);
    let grant = writes("ann");
    let refused = store.write(&grant, |on| {
        revocations::add(on.parts().1, &revocation(0, None), Instant::from_micros(1))?;
        Err::<(), _>(StoreError::NotFound)
    });
    assert!(refused.await.is_err());
    assert_eq!(store.revocation_number().await, Ok(16));
}
