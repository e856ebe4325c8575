//! People, their accounts and passkeys.

use super::database::{Row, is_taken, values};
use super::sessions::end_sessions;
use super::{Account, Passkey, Person, PersonId, Role, Site, SiteError};
use daepyo_core::{Digest, TeamId};

/// A role as it is kept.
fn role_name(role: Role) -> &'static str {
    match role {
        Role::Office => "office",
        Role::Team => "team",
        Role::Expert => "expert",
        Role::Citizen => "citizen",
        Role::Auditor => "auditor",
    }
}

fn role(name: &str) -> Result<Role, SiteError> {
    match name {
        "office" => Ok(Role::Office),
        "team" => Ok(Role::Team),
        "expert" => Ok(Role::Expert),
        "citizen" => Ok(Role::Citizen),
        "auditor" => Ok(Role::Auditor),
        _ => Err(SiteError::Corrupt { what: "a role" }),
    }
}

/// A person from the columns `person`, `role`, `team`, `since_ms` and `disabled_ms`.
pub(super) fn person(row: &Row) -> Result<Person, SiteError> {
    let team = row.get::<Option<String>>("team")?.map(TeamId::new).transpose();
    Ok(Person {
        id: PersonId(row.get("person")?),
        role: role(&row.get::<String>("role")?)?,
        team: team.map_err(|_| SiteError::Corrupt { what: "a person's team" })?,
        since_ms: row.get("since_ms")?,
        disabled_ms: row.get("disabled_ms")?,
    })
}

fn passkey(row: &Row) -> Result<Passkey, SiteError> {
    Ok(Passkey {
        person: PersonId(row.get("person")?),
        credential: row.get("credential")?,
        kept: row.get("kept")?,
        counter: row.count("counter", "a passkey's counter")?,
    })
}

impl Site {
    /// Whether nobody has been given the role of the office yet: the first-run link is for that.
    pub async fn is_new(&self) -> Result<bool, SiteError> {
        let sql = "SELECT id FROM people WHERE role = 'office' LIMIT 1";
        Ok(self.inner.pools.row(sql, &[]).await?.is_none())
    }

    /// The person behind a subject (the keyed hash of what the provider calls them), made as a citizen on first sight.
    pub async fn person_of_subject(&self, subject: Digest, now_ms: i64) -> Result<Person, SiteError> {
        let find = "SELECT id AS person, role, team, since_ms, disabled_ms FROM people WHERE subject = $1";
        if let Some(row) = self.inner.pools.row(find, &values![&subject]).await? {
            return person(&row);
        }
        // Two may see the same subject at once: the first one's row holds.
        let add = "INSERT INTO people (subject, role, since_ms) VALUES ($1, 'citizen', $2) \
                   ON CONFLICT (subject) DO NOTHING";
        self.inner.pools.run(add, &values![&subject, now_ms]).await.map_err(SiteError::Query)?;
        let row = self.inner.pools.row(find, &values![&subject]).await?;
        person(&row.ok_or(SiteError::Corrupt { what: "a person who was just added" })?)
    }

    /// A person by number.
    pub async fn person(&self, id: PersonId) -> Result<Option<Person>, SiteError> {
        let sql = "SELECT id AS person, role, team, since_ms, disabled_ms FROM people WHERE id = $1";
        self.inner.pools.row(sql, &values![id.0]).await?.as_ref().map(person).transpose()
    }

    /// Everyone who has another role than citizen.
    pub async fn staff(&self) -> Result<Vec<Person>, SiteError> {
        let sql = "SELECT id AS person, role, team, since_ms, disabled_ms FROM people WHERE role <> 'citizen' ORDER BY id";
        self.inner.pools.rows(sql, &[]).await?.iter().map(person).collect()
    }

    /// Gives a person a role, and the team that a team engineer belongs to.
    pub async fn set_role(&self, id: PersonId, role: Role, team: Option<TeamId>) -> Result<(), SiteError> {
        let sql = "UPDATE people SET role = $2, team = $3 WHERE id = $1";
        let team = team.as_ref().map(TeamId::as_str);
        let touched = self.inner.pools.run(sql, &values![id.0, role_name(role), team]).await;
        match touched.map_err(SiteError::Query)? {
            0 => Err(SiteError::Missing { what: "person" }),
            _ => Ok(()),
        }
    }

    /// Makes a local account; `SiteError::Taken` where the name is in use.
    pub async fn add_account(
        &self,
        name: &str,
        password_hash: &str,
        role: Role,
        team: Option<TeamId>,
        now_ms: i64,
    ) -> Result<PersonId, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = "INSERT INTO people (role, team, since_ms) VALUES ($1, $2, $3) RETURNING id";
        let team = team.as_ref().map(TeamId::as_str);
        let row = work.row(sql, &values![role_name(role), team, now_ms]).await?;
        let person: i64 = row.ok_or(SiteError::Corrupt { what: "a person who was just added" })?.get("id")?;
        let sql = "INSERT INTO accounts (name, person, password_hash) VALUES ($1, $2, $3)";
        let added = work.run(sql, &values![name, person, password_hash]).await;
        added.map_err(taken)?;
        work.commit().await?;
        Ok(PersonId(person))
    }

    /// A local account by name.
    pub async fn account(&self, name: &str) -> Result<Option<Account>, SiteError> {
        let sql = "SELECT a.name, a.password_hash, p.id AS person, p.role, p.team, p.since_ms, p.disabled_ms \
                   FROM accounts a JOIN people p ON p.id = a.person WHERE a.name = $1";
        let Some(row) = self.inner.pools.row(sql, &values![name]).await? else { return Ok(None) };
        let password_hash = row.get("password_hash")?;
        Ok(Some(Account { person: person(&row)?, name: row.get("name")?, password_hash }))
    }

    /// The name of a person's local account, and the password's hash; none where they sign in another way.
    pub async fn account_of(&self, person: PersonId) -> Result<Option<(String, String)>, SiteError> {
        let sql = "SELECT name, password_hash FROM accounts WHERE person = $1";
        let row = self.inner.pools.row(sql, &values![person.0]).await?;
        row.map(|row| Ok((row.get("name")?, row.get("password_hash")?))).transpose()
    }

    /// Names of local accounts by their persons' numbers, in that order.
    pub async fn account_names(&self) -> Result<Vec<(PersonId, String)>, SiteError> {
        let rows = self.inner.pools.rows("SELECT person, name FROM accounts ORDER BY person", &[]).await?;
        rows.iter().map(|row| Ok((PersonId(row.get("person")?), row.get("name")?))).collect()
    }

    /// Replaces a password's hash and ends the person's sessions but `keep`, both or neither; how many ended.
    /// `SiteError::Missing` where the person has no local account.
    pub async fn set_password(
        &self,
        person: PersonId,
        password_hash: &str,
        keep: Option<Digest>,
    ) -> Result<u64, SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = "UPDATE accounts SET password_hash = $2 WHERE person = $1";
        let touched = work.run(sql, &values![person.0, password_hash]).await.map_err(SiteError::Query)?;
        if touched == 0 {
            return Err(SiteError::Missing { what: "account" });
        }
        let ended = end_sessions(&mut work, person, keep).await?;
        work.commit().await?;
        Ok(ended)
    }

    /// Disables a person and ends their sessions, or lets them sign in again (`None`). Whoever is disabled already stays
    /// so since then. `SiteError::Missing` where there is no such person.
    pub async fn set_disabled(&self, person: PersonId, since_ms: Option<i64>) -> Result<(), SiteError> {
        let mut work = self.inner.pools.begin().await?;
        let sql = match since_ms {
            Some(_) => "UPDATE people SET disabled_ms = COALESCE(disabled_ms, $2) WHERE id = $1",
            None => "UPDATE people SET disabled_ms = $2 WHERE id = $1",
        };
        let touched = work.run(sql, &values![person.0, since_ms]).await.map_err(SiteError::Query)?;
        if touched == 0 {
            return Err(SiteError::Missing { what: "person" });
        }
        // Also where somebody may sign in again: what began in between does not come back.
        end_sessions(&mut work, person, None).await?;
        work.commit().await
    }

    /// Keeps a passkey of a person; `SiteError::Taken` where the credential is known already.
    pub async fn add_passkey(&self, passkey: &Passkey, now_ms: i64) -> Result<(), SiteError> {
        let sql =
            "INSERT INTO passkeys (credential, person, kept, counter, since_ms) VALUES ($1, $2, $3, $4, $5)";
        let Passkey { person, credential, kept, counter } = passkey;
        let values = values![credential.as_slice(), person.0, kept.as_slice(), i64::from(*counter), now_ms];
        self.inner.pools.run(sql, &values).await.map(|_| ()).map_err(taken)
    }

    /// A passkey by its credential.
    pub async fn passkey(&self, credential: &[u8]) -> Result<Option<Passkey>, SiteError> {
        let sql = "SELECT person, credential, kept, counter FROM passkeys WHERE credential = $1";
        self.inner.pools.row(sql, &values![credential]).await?.as_ref().map(passkey).transpose()
    }

    /// A person's passkeys.
    pub async fn passkeys(&self, person: PersonId) -> Result<Vec<Passkey>, SiteError> {
        let sql = "SELECT person, credential, kept, counter FROM passkeys WHERE person = $1 \
                   ORDER BY since_ms, credential";
        self.inner.pools.rows(sql, &values![person.0]).await?.iter().map(passkey).collect()
    }

    /// Removes a passkey of a person; whether there was one.
    pub async fn remove_passkey(&self, person: PersonId, credential: &[u8]) -> Result<bool, SiteError> {
        let sql = "DELETE FROM passkeys WHERE credential = $1 AND person = $2";
        let touched = self.inner.pools.run(sql, &values![credential, person.0]).await;
        Ok(touched.map_err(SiteError::Query)? > 0)
    }

    /// Replaces what is kept of a passkey (its counter has grown).
    pub async fn update_passkey(&self, passkey: &Passkey) -> Result<(), SiteError> {
        let sql = "UPDATE passkeys SET kept = $3, counter = $4 WHERE credential = $1 AND person = $2";
        let Passkey { person, credential, kept, counter } = passkey;
        let values = values![credential.as_slice(), person.0, kept.as_slice(), i64::from(*counter)];
        match self.inner.pools.run(sql, &values).await.map_err(SiteError::Query)? {
            0 => Err(SiteError::Missing { what: "passkey" }),
            _ => Ok(()),
        }
    }
}

fn taken(error: sqlx::Error) -> SiteError {
    if is_taken(&error) { SiteError::Taken } else { SiteError::Query(error) }
}
