//! `POST /v1.0/$batch`: read → one part after the other → answer.

use std::time::{Duration, Instant};

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::answer::{Answer, Answers, Room};
use super::model::{self, Step, refused};
use super::part::Sent;
use super::{Part, Parts};
use crate::access::{Caller, Remote};
use crate::config::Limits;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::{accept, body};

/// `POST /v1.0/$batch`
pub async fn post(_: Caller, request: HttpRequest, payload: Payload) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let Some(parts) = request.app_data::<Parts>() else {
        return Err(refused("A batch is not a part of a batch: send its requests themselves.".into(), "url".into()));
    };
    let limits = body::limits(&request)?;
    let steps = model::read(&body::json(&request, payload, limits.batch_body_bytes).await?)?;
    let order = model::order(&steps)?;
    let sent = |(at, step): (usize, &Step)| Sent::of(at, &step.asked, request.headers(), &parts.public_url);
    let sent = steps.iter().enumerate().map(sent).collect::<Result<Vec<_>, _>>()?;
    let remote = request.extensions().get().copied().unwrap_or(Remote(None));
    let mut run = Run::new(parts, limits, remote, steps.len());
    for at in order {
        if let (Some(step), Some(sent)) = (steps.get(at), sent.get(at)) {
            run.go(at, step, sent).await?;
        }
    }
    let responses = run.answers.into_iter().flatten().collect();
    let text = serde_json::to_string(&Answers { responses }).map_err(|fault| Problem::internal(fault.to_string()))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(text))
}

/// A batch on its way.
struct Run<'a> {
    parts: &'a Parts,
    remote: Remote,
    until: Instant,
    room: Room,
    /// What each part was answered, so far.
    answers: Vec<Option<Answer>>,
}

impl<'a> Run<'a> {
    fn new(parts: &'a Parts, limits: &Limits, remote: Remote, steps: usize) -> Self {
        // A tenth before the batch's own deadline: what was done is told, whatever is late.
        let until = Instant::now() + Duration::from_secs(limits.handler_deadline_s) * 9 / 10;
        let of = limits.batch_answer_bytes;
        let room = Room { of, left: usize::try_from(of).unwrap_or(usize::MAX) };
        Self { parts, remote, until, room, answers: std::iter::repeat_with(|| None).take(steps).collect() }
    }

    /// Sends a part, unless it waits in vain or comes too late, and takes in what it is answered.
    async fn go(&mut self, at: usize, step: &Step, sent: &Sent) -> Result<(), Problem> {
        let id = &step.asked.id;
        let response = self.ask(sent, self.obstacle(step)).await;
        let answer = match Answer::of(id, &sent.method, response, &mut self.room).await {
            Ok(answer) => answer,
            Err(problem) => {
                let told = self.ask(sent, Some(problem)).await;
                Answer::of(id, &sent.method, told, &mut self.room).await?
            }
        };
        if let Some(place) = self.answers.get_mut(at) {
            *place = Some(answer);
        }
        Ok(())
    }

    async fn ask(&self, sent: &Sent, refused: Option<Problem>) -> HttpResponse {
        let request = sent.clone().request();
        request.extensions_mut().insert(Part { remote: self.remote, until: self.until, refused });
        (self.parts.answer)(request).await
    }

    /// Why a part is not sent.
    fn obstacle(&self, step: &Step) -> Option<Problem> {
        let failed =
            |at: &&usize| self.answers.get(**at).and_then(Option::as_ref).is_none_or(|done| done.status >= 400);
        if step.after.iter().any(|at| failed(&at)) {
            let message = "A request that this one depends on failed; it was not done.";
            return Some(Problem::new(Code::FailedDependency, message));
        }
        (Instant::now() >= self.until).then(|| {
            let message =
                "The requests before this one took all the time of the batch; it was not done. Send it again.";
            Problem::new(Code::Unavailable, message).retry_after(1).cause("handler_deadline")
        })
    }
}
