//! The first page: the programme, and how its stages stand today.

use crate::app::App;
use crate::page::{Page, page};
use crate::programme::{Standing, day_in_korea, standing};
use crate::route::{Roles, Route};
use crate::who::Who;
use axum::extract::State;
use daepyo_core::Programme;
use maud::{Markup, html};

pub(super) fn rows() -> Vec<Route> {
    vec![Route::get("/", Roles::ANYONE, show).nav("site-nav-home")]
}

async fn show(State(app): State<App>, who: Who) -> Page {
    if let Some(programme) = app.programme() {
        page(&who, programme.title.get(who.language()), &stages(&app, &who, programme))
    } else {
        let body = html! { p.lead { (who.say("site-home-empty", &[])) } };
        page(&who, &who.say("site-name", &[]), &body)
    }
}

fn stages(app: &App, who: &Who, programme: &Programme) -> Markup {
    let today = day_in_korea(app.now_ms());
    html! {
        p.lead { (who.say("site-home-lead", &[])) }
        @for note in &programme.notes {
            div.notice { p { (note.get(who.language())) } }
        }
        h2 #stages { (who.say("site-stages", &[])) }
        div.scroll role="region" aria-labelledby="stages" tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (who.say("site-stage", &[])) }
                        th scope="col" { (who.say("site-stage-opens", &[])) }
                        th scope="col" { (who.say("site-stage-closes", &[])) }
                        th scope="col" { (who.say("site-stage-standing", &[])) }
                    }
                }
                tbody {
                    @for stage in &programme.stages {
                        tr {
                            th scope="row" { (stage.title.get(who.language())) }
                            td.date { time { (stage.opens) } }
                            td.date { time { (stage.closes) } }
                            td { (badge(who, standing(stage, today))) }
                        }
                    }
                }
            }
        }
    }
}

fn badge(who: &Who, standing: Standing) -> Markup {
    let (class, message) = match standing {
        Standing::ToCome => ("to-come", "site-standing-to-come"),
        Standing::Open => ("open", "site-standing-open"),
        Standing::Objections => ("objections", "site-standing-objections"),
        Standing::Over => ("over", "site-standing-over"),
    };
    html! { span class={ "badge " (class) } { (who.say(message, &[])) } }
}
