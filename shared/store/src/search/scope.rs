//! Whose assets a search looks at.

use crate::{json_texts, params::Params};

/// Whose assets are searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The caller's.
    Own,
    /// The caller's, and of partners on his timeline.
    Timeline,
    /// All of these albums, whoever added them. The caller may read them ([`super::readable_albums`]).
    Albums(Vec<String>),
}

impl Scope {
    /// The table `mine` of the owners, with `id`, `is_own`, `is_open` (the locked folder is) and `me` (who calls; null for links).
    pub(super) fn mine(&self, params: &mut Params) -> String {
        format!("mine(id, is_own, is_open, me) as ({})", self.owners(params))
    }

    /// The rows of [`Self::mine`]. Few tables: SQLite counts those of each place where it is named, and D1 allows 100 in all.
    fn owners(&self, params: &mut Params) -> String {
        let me = "select c.user_id as id, 1 as is_own, c.elevated as is_open, c.user_id as me from caller c where c.link_id is null";
        match self {
            Self::Own => me.to_owned(),
            Self::Timeline => "select u.id, case when u.id = c.user_id then 1 else 0 end as is_own, c.elevated as is_open, \
                 c.user_id as me from caller c cross join users u where c.link_id is null and u.deleted_at is null \
                 and (u.id = c.user_id or u.id in (select p.shared_by_id from partner p \
                 where p.shared_with_id = c.user_id and p.in_timeline = 1))"
                .to_owned(),
            Self::Albums(ids) => {
                let totals = match ids.as_slice() {
                    [id] => format!("album_total t where t.album_id = {}", params.bind(id.as_str())),
                    ids => format!(
                        "(select distinct x.owner_id from album_total x where x.album_id in json_list({})) t",
                        params.bind(json_texts(ids))
                    ),
                };
                format!(
                    "select t.owner_id as id, case when t.owner_id = c.user_id and c.link_id is null then 1 else 0 end as is_own, \
                     c.elevated as is_open, case when c.link_id is null then c.user_id end as me from caller c cross join {totals}"
                )
            }
        }
    }

    /// Whether `asset a` of one of them, `mine m`, may be shown: locked ones only to their owner while the folder is open, archived
    /// ones of others only in albums, and nobody else's trash.
    pub(super) fn shows(&self) -> String {
        let own = "(m.is_own = 1 and (a.visibility <> 'locked' or m.is_open = 1))";
        let others = match self {
            Self::Own => return format!("a.owner_id = m.id and a.status <> 'deleted' and {own}"),
            Self::Timeline => "a.deleted_at is null and a.visibility in ('timeline', 'hidden')",
            Self::Albums(_) => "a.deleted_at is null and a.visibility <> 'locked'",
        };
        format!("a.owner_id = m.id and a.status <> 'deleted' and ({own} or ({others}))")
    }
}
