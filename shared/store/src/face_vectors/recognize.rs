//! What `FacialRecognition` reads of an owner's faces and stores (api/jobs-ml.md section 6.3).

use std::collections::BTreeMap;

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};
use serde_json::json;

use crate::{
    jobs::{NewJob, new::insert_where},
    json_texts, people,
};

/// Vectors of a block, and of one read of those that are in no block.
pub const BLOCK: usize = 2_048;

/// A face that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Face id.
    pub id: String,
    /// Its vector, base64.
    pub code: String,
    /// It waits a second time.
    pub is_second: bool,
    /// Nothing to be done: it has a person meanwhile, or it or its photo is gone.
    pub is_settled: bool,
    /// Its photo is on the timeline.
    pub is_on_timeline: bool,
    /// When the photo was taken, epoch ms.
    pub taken_at: i64,
}

/// What is known of a face near another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// Whose it is, of the people of the owner who looks.
    pub person: Option<Person>,
    /// The person of another member of the cluster group whose it is, while the owner knows nobody who is the same.
    pub kin: Option<String>,
    /// It is on a photo of another member.
    pub is_foreign: bool,
    /// Whose it was before everything was sorted anew; only while nobody of the faces that were found is theirs.
    pub former: Option<Person>,
    /// It, or its photo, was thrown away.
    pub is_gone: bool,
    /// It waits, too.
    pub is_waiting: bool,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Person id.
    pub id: String,
    /// `YYYY-MM-DD`.
    pub birth_date: Option<String>,
}

/// Vectors: a block, or some that are in none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vectors {
    /// Face ids.
    pub ids: Vec<String>,
    /// Their codes, base64: one text for all, or one for each.
    pub codes: Vec<String>,
    /// Number of the last.
    pub last_seq: i64,
}

/// What a look at waiting faces decides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// New people and the faces that stand for them.
    pub people: Vec<(String, String)>,
    /// Faces and whose they are.
    pub assigned: Vec<(String, String)>,
    /// Faces around those that began a group and those that nobody is found for: nobody's when that was decided. If one of them is
    /// somebody's by now, everything waits.
    pub nobodys: Vec<String>,
    /// Faces that nobody is found for.
    pub settled: Vec<String>,
    /// Faces that wait a second time.
    pub deferred: Vec<String>,
    /// Faces that were looked at before and that have a new neighbour.
    pub again: Vec<String>,
    /// People of the owner and those of other members of the cluster group who are the same.
    pub kin: Vec<(String, String)>,
}

/// Whose vectors are compared, and what of them is in blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Account id.
    pub id: String,
    /// How many blocks there are.
    pub blocks: i64,
    /// Number of the last vector in them.
    pub last_seq: i64,
}

/// A job takes the faces of the owner `?1` back: those of everybody, or of the owner's cluster group. One that only stores jobs for owners,
/// or that another group has asked for, is none of them.
const SORTED_ANEW: &str = "exists (select 1 from job j where j.queue = 'facialRecognition' and j.state in ('waiting', 'active') \
     and j.kind = 'FacialRecognitionQueueAll' and json_text(j.payload, owners) is null and json_text(j.payload, nightly) is null \
     and (json_text(j.payload, group) is null or json_text(j.payload, group) in \
     (select u.cluster_group_id from users u where u.id = ?1)))";

/// None of the faces in the list `?3` has a person of the owner `?2`: no other job has begun their group.
const STILL_NOBODYS: &str = "not exists (select 1 from json_rows(?3) n cross join asset_face g cross join person q \
     where g.id = n.value and q.id = g.person_id and q.owner_id = ?2)";

/// The job for the faces of an owner that wait. `id`: a fresh one; `now` in epoch ms.
pub fn job(id: String, owner_id: &str, now: i64) -> NewJob {
    let kind = JobName::FacialRecognition;
    let job = NewJob::new(id, kind, json!({ "id": owner_id }), now);
    job.of(owner_id).once(format!("{kind}:{owner_id}"))
}

/// The next `most` faces of an owner that wait for a person; none while they are being sorted anew. One round trip.
pub async fn waiting(
    db: &dyn Database,
    owner_id: &str,
    model: &str,
    most: i64,
) -> Result<Vec<Waiting>, DbError> {
    let results = db
        .batch(waiting_statements(owner_id, model, most).into())
        .await?;
    let faces = results.get(1).into_iter().flat_map(Rows::iter);
    faces.map(|row| waits(&row)).collect()
}

/// The statements of [`waiting`]. The first waits for whoever is storing faces of the owner: they found the job that reads now in the
/// queue, stored none of their own, and nobody else would look at their faces.
pub fn waiting_statements(owner_id: &str, model: &str, most: i64) -> [Statement; 2] {
    let faces = stmt!(
        format!(
            "select v.face_id, v.code, v.turn, f.person_id, f.deleted_at, a.deleted_at as asset_deleted_at, a.visibility, \
             a.file_created_at from face_vector v cross join asset_face f cross join asset a \
             where v.owner_id = ?1 and v.model = ?2 and v.turn < 2 and f.id = v.face_id and a.id = f.asset_id \
             and not {SORTED_ANEW} order by v.turn, v.seq limit ?3"
        ),
        owner_id,
        model,
        most
    );
    [hold(owner_id, false), faces]
}

fn waits(row: &Row<'_>) -> Result<Waiting, DbError> {
    let is_there = |name: &str| Ok::<_, DbError>(row.get::<Option<i64>>(name)?.is_some());
    Ok(Waiting {
        id: row.get("face_id")?,
        code: row.get("code")?,
        is_second: row.get::<i64>("turn")? == 1,
        is_settled: row.get::<Option<String>>("person_id")?.is_some()
            || is_there("deleted_at")?
            || is_there("asset_deleted_at")?,
        is_on_timeline: row.get::<String>("visibility")? == "timeline",
        taken_at: row.get("file_created_at")?,
    })
}

/// An owner, and behind them the other members of their cluster group (api/v32.md section 5). One round trip.
pub async fn members(
    db: &dyn Database,
    owner_id: &str,
    model: &str,
) -> Result<Vec<Member>, DbError> {
    let rows = db
        .run(stmt!(
            "select u.id, (select count(*) from face_vector_block b where b.owner_id = u.id and b.model = ?2) as blocks, \
             (select coalesce(max(b.last_seq), 0) from face_vector_block b where b.owner_id = u.id and b.model = ?2) as last_seq \
             from users me join users u on u.id = me.id or u.cluster_group_id = me.cluster_group_id where me.id = ?1 \
             and (u.deleted_at is null or u.id = me.id) order by case when u.id = me.id then 0 else 1 end, u.id",
            owner_id,
            model
        ))
        .await?;
    let member = |row: &Row<'_>| {
        Ok(Member {
            id: row.get("id")?,
            blocks: row.get("blocks")?,
            last_seq: row.get("last_seq")?,
        })
    };
    rows.iter().map(|row| member(&row)).collect()
}

/// One block. One round trip.
pub async fn block(
    db: &dyn Database,
    owner_id: &str,
    model: &str,
    block: i64,
) -> Result<Vectors, DbError> {
    let rows = db
        .run(stmt!(
            "select ids, codes, last_seq from face_vector_block where owner_id = ?1 and model = ?2 and block = ?3",
            owner_id,
            model,
            block
        ))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(Vectors::default());
    };
    let ids: String = row.get("ids")?;
    let ids = serde_json::from_str(&ids);
    Ok(Vectors {
        ids: ids.map_err(|error| DbError::Other(format!("face_vector_block.ids: {error}")))?,
        codes: vec![row.get("codes")?],
        last_seq: row.get("last_seq")?,
    })
}

/// At most [`BLOCK`] vectors behind `after`. One round trip.
pub async fn behind(
    db: &dyn Database,
    owner_id: &str,
    model: &str,
    after: i64,
) -> Result<Vectors, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select face_id, code, seq from face_vector where owner_id = ?1 and model = ?2 and seq > ?3 \
                 order by seq limit {BLOCK}"
            ),
            owner_id,
            model,
            after
        ))
        .await?;
    let mut vectors = Vectors {
        last_seq: after,
        ..Vectors::default()
    };
    for row in rows.iter() {
        vectors.ids.push(row.get("face_id")?);
        vectors.codes.push(row.get("code")?);
        vectors.last_seq = row.get("seq")?;
    }
    Ok(vectors)
}

/// Stores a block. Result of a job (`{held}`). `codes`: base64 of all of them.
pub fn store_block(
    owner_id: &str,
    model: &str,
    block: i64,
    vectors: &Vectors,
    codes: &str,
) -> Statement {
    stmt!(
        "insert into face_vector_block (owner_id, model, block, last_seq, ids, codes) select u.id, cast(?2 as text), \
         cast(?3 as integer), cast(?4 as bigint), cast(?5 as text), cast(?6 as text) from users u where u.id = ?1 and {held} \
         on conflict (owner_id, model, block) do nothing",
        owner_id,
        model,
        block,
        vectors.last_seq,
        json_texts(&vectors.ids),
        codes
    )
}

/// What is known of these faces, to an owner. One round trip.
pub async fn states(
    db: &dyn Database,
    owner_id: &str,
    ids: &[&str],
) -> Result<BTreeMap<String, State>, DbError> {
    let rows = db
        .run(stmt!(
            "select f.id, f.owner_id, f.person_id, k.id as known_id, k.birth_date, o.id as former_id, \
             o.birth_date as former_birth_date, f.deleted_at, a.deleted_at as asset_deleted_at, a.visibility, w.turn \
             from json_rows(?1) v cross join asset_face f cross join asset a cross join face_vector w \
             left join person p on p.id = f.person_id left join person k on k.id = case when p.owner_id = ?2 then p.id else \
             (select min(s.id) from person s where s.cluster_id = p.cluster_id and s.owner_id = ?2) end \
             left join person o on o.id = w.former_person_id and o.owner_id = ?2 \
             and not exists (select 1 from asset_face x where x.person_id = o.id and x.source_type = 'machine-learning' \
             and x.deleted_at is null) \
             where f.id = v.value and a.id = f.asset_id and w.face_id = f.id",
            json_texts(ids),
            owner_id
        ))
        .await?;
    read(&rows, owner_id)
}

fn read(rows: &Rows, owner_id: &str) -> Result<BTreeMap<String, State>, DbError> {
    let person = |row: &Row<'_>, id: &str, birth: &str| {
        let id: Option<String> = row.get(id)?;
        let birth_date = row.get(birth)?;
        Ok::<_, DbError>(id.map(|id| Person { id, birth_date }))
    };
    let state = |row: &Row<'_>| {
        let known = person(row, "known_id", "birth_date")?;
        let is_foreign = row.get::<String>("owner_id")? != owner_id;
        // Nobody's locked folder has a say in the libraries of others.
        let is_out_of_reach = is_foreign && row.get::<String>("visibility")? == "locked";
        let theirs: Option<String> = row.get("person_id")?;
        let state = State {
            is_foreign,
            kin: theirs.filter(|_| known.is_none()),
            person: known,
            former: person(row, "former_id", "former_birth_date")?,
            is_gone: is_out_of_reach
                || row.get::<Option<i64>>("deleted_at")?.is_some()
                || row.get::<Option<i64>>("asset_deleted_at")?.is_some(),
            is_waiting: row.get::<i64>("turn")? < 2,
        };
        Ok((row.get("id")?, state))
    };
    rows.iter().map(|row| state(&row)).collect()
}

/// Stores what was decided for an owner. What another job has decided meanwhile stays. Results of a job (`{held}`); `now` in
/// epoch ms.
pub fn store(owner_id: &str, outcome: &Outcome, now: i64) -> Vec<Statement> {
    let pairs = |pairs: &[(String, String)], names: [&str; 2]| {
        let rows = pairs
            .iter()
            .map(|(one, other)| json!({ names[0]: one, names[1]: other }));
        serde_json::Value::from(rows.collect::<Vec<_>>()).to_string()
    };
    let given = pairs(&outcome.assigned, ["face", "person"]);
    let assigned: Vec<&str> = outcome
        .assigned
        .iter()
        .map(|(face, _)| face.as_str())
        .collect();
    // Those that are looked at again, and those that another job has given up before they were given to somebody.
    let again: Vec<&str> = outcome.again.iter().map(String::as_str).collect();
    let again = [again, assigned.clone()].concat();
    let nobodys = json_texts(&outcome.nobodys);
    let theirs = outcome.assigned.iter().map(|(_, person)| person);
    let kin = outcome.kin.iter().flat_map(|(own, other)| [own, other]);
    let theirs: Vec<&str> = theirs.chain(kin).map(String::as_str).collect();
    let mut batch = vec![
        hold(owner_id, !outcome.kin.is_empty()),
        people::hold(&theirs),
        create(
            &pairs(&outcome.people, ["id", "face"]),
            owner_id,
            &nobodys,
            now,
        ),
    ];
    // One after the other: two people of the owner are never the same as two who are the same.
    let related = outcome.kin.iter();
    batch.extend(related.map(|(own, other)| relate(own, other, owner_id, now)));
    batch.extend([
        assign(&given, owner_id, &nobodys, now),
        // The ones that have a person now; the others go on waiting.
        stmt!(
            "update face_vector set turn = 2, former_person_id = null where face_id in json_list(?1) and owner_id = ?2 \
             and {held} and exists (select 1 from asset_face f where f.id = face_vector.face_id and f.person_id is not null)",
            json_texts(&assigned),
            owner_id
        ),
        settle(&json_texts(&outcome.settled), owner_id, &nobodys),
        stmt!(
            "update face_vector set turn = 1 where face_id in json_list(?1) and owner_id = ?2 and turn = 0 and {held}",
            json_texts(&outcome.deferred),
            owner_id
        ),
        stmt!(
            "update face_vector set turn = 1 where face_id in json_list(?1) and owner_id = ?2 and turn = 2 and {held} \
             and exists (select 1 from asset_face f where f.id = face_vector.face_id and f.person_id is null)",
            json_texts(&again),
            owner_id
        ),
    ]);
    batch
}

/// Stores a job that goes on, behind [`store`], with faces that were decided about and wait still or again: another job has settled the
/// face that stands for the person meanwhile, has begun the same group, or has given these up, and would be the last one to look. Of [`crate::jobs::finish_with`], which gives its wake-up (`{held}`);
/// `now` in epoch ms.
pub fn go_on(job: &NewJob, owner_id: &str, outcome: &Outcome, now: i64) -> Statement {
    let given = outcome.assigned.iter().map(|(face, _)| face);
    let given = given.chain(&outcome.settled);
    let given: Vec<&str> = given.map(String::as_str).collect();
    let condition = "{held} and exists (select 1 from face_vector w where w.face_id in json_list({1}) and w.owner_id = {2} \
                     and w.turn < 2)";
    let params = vec![json_texts(&given).into(), owner_id.into()];
    let mut stored = insert_where(job, condition, params, now);
    stored.sql = [&stored.sql, " returning id, queue"].concat().into();
    stored
}

/// Holds the owner's account, so that batches for one owner come one after the other; with `is_for_all` those of all members of the
/// cluster group, because each of them may make two people the same.
fn hold(owner_id: &str, is_for_all: bool) -> Statement {
    let others = if is_for_all {
        "or u.cluster_group_id in (select me.cluster_group_id from users me where me.id = ?1) "
    } else {
        ""
    };
    stmt!(
        format!("select u.id from users u where u.id = ?1 {others}order by u.id for_update()"),
        owner_id
    )
}

/// New people, as long as the faces that stand for them wait still and `nobodys` are nobody's.
fn create(people: &str, owner_id: &str, nobodys: &str, now: i64) -> Statement {
    let sql = format!(
        "insert into person (id, owner_id, face_asset_id, created_at, updated_at, update_id) \
         select json_text(v.value, id), f.owner_id, f.id, cast(?4 as bigint), cast(?4 as bigint), uuid7() \
         from json_rows(?1) v cross join asset_face f cross join face_vector w where f.id = json_text(v.value, face) \
         and f.owner_id = ?2 and w.face_id = f.id and w.turn < 2 and f.person_id is null and f.deleted_at is null and {STILL_NOBODYS} \
         and {{held}}"
    );
    stmt!(sql, people, owner_id, nobodys, now)
}

/// A person of the owner and one of another member become the same to each other, unless one of the two is the same as somebody else.
/// Nobody is named twice.
fn relate(own: &str, other: &str, owner_id: &str, now: i64) -> Statement {
    stmt!(
        "update person set cluster_id = x.cluster, updated_at = ?4, update_id = uuid7() from (select n.id as id, \
         coalesce(o.cluster_id, f.cluster_id, f.id) as cluster from person o cross join person f \
         cross join users mine cross join users theirs cross join person n where o.id = ?1 \
         and f.id = ?2 and o.owner_id = ?3 and mine.id = o.owner_id and theirs.id = f.owner_id and mine.id <> theirs.id \
         and theirs.cluster_group_id = mine.cluster_group_id and (o.cluster_id is null or f.cluster_id is null) \
         and not exists (select 1 from person d where d.cluster_id = coalesce(o.cluster_id, f.cluster_id, f.id) \
         and d.owner_id in (o.owner_id, f.owner_id) and d.id not in (o.id, f.id)) \
         and n.id in (o.id, f.id) and n.cluster_id is null limit 2) x where person.id = x.id and {held}",
        own,
        other,
        owner_id,
        now
    )
}

/// Nobody is found for these faces.
fn settle(faces: &str, owner_id: &str, nobodys: &str) -> Statement {
    let sql = format!(
        "update face_vector set turn = 2 where face_id in json_list(?1) and owner_id = ?2 and {STILL_NOBODYS} and {{held}}"
    );
    stmt!(sql, faces, owner_id, nobodys)
}

fn assign(given: &str, owner_id: &str, nobodys: &str, now: i64) -> Statement {
    let sql = format!(
        "update asset_face set person_id = (select json_text(g.value, person) from json_rows(?1) g \
         where json_text(g.value, face) = asset_face.id), updated_at = ?4, update_id = uuid7() where {STILL_NOBODYS} \
         and id in (select f.id from json_rows(?1) v cross join asset_face f cross join face_vector w cross join person p \
         where f.id = json_text(v.value, face) and f.owner_id = ?2 and w.face_id = f.id and w.turn < 2 \
         and f.person_id is null and f.deleted_at is null and p.id = json_text(v.value, person) and p.owner_id = ?2 and {{held}})"
    );
    stmt!(sql, given, owner_id, nobodys, now)
}
