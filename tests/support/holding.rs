//! What the application keeps of who has access, and the operator's cuts.

use std::sync::Arc;

use sharehold::access::Revoked;
use sharehold::clock::Clock as _;
use sharehold::store::{Mirror, Operator, Revocation};

use crate::support::app::{ISSUER, TestApp};

impl TestApp {
    /// What is kept equal in memory and in the rows.
    pub fn mirror(&self) -> &Mirror {
        &self.shared.mirror
    }

    /// What another process of the same database would have.
    pub fn another_mirror(&self) -> Mirror {
        Mirror::new(self.store.clone(), self.revocations.clone(), Arc::default())
    }

    /// As after a restart: nothing is known but what the database says.
    pub async fn forget_and_fill(&self) {
        self.revocations.replace(Vec::new(), Vec::new());
        self.another_mirror().look().await.expect("the rows are read");
    }

    /// The operator takes something back; gives the number of the row.
    pub async fn cut(&self, scope: Revoked) -> i64 {
        let (subject, client, token) = match scope {
            Revoked::Issuer => (None, None, None),
            Revoked::Token(token) => (None, None, Some(token)),
            Revoked::Client(client) => (None, Some(client), None),
            Revoked::Subject(subject) => (Some(subject), None, None),
            Revoked::ClientOfSubject { subject, client } => (Some(subject), Some(client), None),
        };
        let row = Revocation { number: 0, issuer: ISSUER.into(), subject, client, token, before: None, own: 0 };
        let number = self.operator().revoke(row, self.clock.now().into()).expect("a row").number;
        self.mirror().look().await.expect("the rows are read");
        number
    }

    /// The operator undoes it.
    pub async fn undo(&self, number: i64) {
        assert!(self.operator().undo(number).expect("done").is_some());
        self.mirror().look().await.expect("the rows are read");
    }

    /// The operator, beside the server.
    pub fn operator(&self) -> Operator {
        Operator::open(&self.database.settings()).expect("the database")
    }
}
