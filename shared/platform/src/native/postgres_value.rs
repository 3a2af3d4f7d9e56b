//! Values on PostgreSQL's wire: parameters take the type the server inferred, results become [`Value`].

use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::Value;

type Failure = Box<dyn Error + Sync + Send>;

const JSONB_VERSION: u8 = 1;
const NUMERIC_NEGATIVE: u16 = 0x4000;
const NUMERIC_NAN: u16 = 0xc000;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Int(number) => int(*number, ty, out)?,
            Self::Real(number) => real(*number, ty, out)?,
            Self::Text(value) => text(value, ty, out)?,
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn wrong(kind: &str, ty: &Type) -> Failure {
    format!("{kind} given where PostgreSQL inferred {ty}").into()
}

fn int(number: i64, ty: &Type, out: &mut BytesMut) -> Result<(), Failure> {
    match *ty {
        Type::INT2 => out.put_i16(number.try_into()?),
        Type::INT4 => out.put_i32(number.try_into()?),
        Type::INT8 => out.put_i64(number),
        Type::BOOL => out.put_u8(u8::from(number != 0)),
        Type::NUMERIC => numeric(number, out),
        Type::FLOAT4 | Type::FLOAT8 => {
            #[expect(clippy::cast_precision_loss, reason = "integers stay within 2^53")]
            let number = number as f64;
            real(number, ty, out)?;
        }
        _ => text(&number.to_string(), ty, out)?,
    }
    Ok(())
}

fn real(number: f64, ty: &Type, out: &mut BytesMut) -> Result<(), Failure> {
    match *ty {
        #[expect(clippy::cast_possible_truncation, reason = "the column holds no more")]
        Type::FLOAT4 => out.put_f32(number as f32),
        Type::FLOAT8 => out.put_f64(number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and within 2^53"
        )]
        Type::INT2 | Type::INT4 | Type::INT8
            if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 =>
        {
            int(number as i64, ty, out)?;
        }
        Type::TEXT | Type::VARCHAR | Type::UNKNOWN => out.put_slice(number.to_string().as_bytes()),
        _ => return Err(wrong("a real number", ty)),
    }
    Ok(())
}

fn text(value: &str, ty: &Type, out: &mut BytesMut) -> Result<(), Failure> {
    match *ty {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {}
        Type::JSONB => out.put_u8(JSONB_VERSION),
        _ => return Err(wrong("text", ty)),
    }
    out.put_slice(value.as_bytes());
    Ok(())
}

/// PostgreSQL's numeric: digits to the base 10,000, the first one worth `10_000^weight`.
fn numeric(number: i64, out: &mut BytesMut) {
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    while rest > 0 {
        digits.push(u16::try_from(rest % 10_000).unwrap_or_default());
        rest /= 10_000;
    }
    let count = u16::try_from(digits.len()).unwrap_or_default();
    out.put_u16(count);
    out.put_u16(count.saturating_sub(1));
    out.put_u16(if number < 0 { NUMERIC_NEGATIVE } else { 0 });
    out.put_u16(0);
    for digit in digits.iter().rev() {
        out.put_u16(*digit);
    }
}

/// One column of a result.
pub(super) struct Cell(pub Value);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(match *ty {
            Type::BOOL => Value::Int(bool::from_sql(ty, raw)?.into()),
            Type::INT2 => Value::Int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Value::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Value::Int(i64::from_sql(ty, raw)?),
            Type::OID => Value::Int(u32::from_sql(ty, raw)?.into()),
            Type::FLOAT4 => Value::Real(f32::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(ty, raw)?),
            Type::NUMERIC => read_numeric(raw)?,
            Type::JSONB => Value::Text(str::from_utf8(raw.get(1..).unwrap_or_default())?.into()),
            _ => Value::Text(str::from_utf8(raw)?.to_owned()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(Value::Null))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::BOOL
                | Type::INT2
                | Type::INT4
                | Type::INT8
                | Type::OID
                | Type::FLOAT4
                | Type::FLOAT8
                | Type::NUMERIC
                | Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::UNKNOWN
                | Type::JSON
                | Type::JSONB
        )
    }
}

/// `sum()` of a bigint column is numeric: whole numbers become integers, others reals.
fn read_numeric(raw: &[u8]) -> Result<Value, Failure> {
    let words: Vec<u16> = raw
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_be_bytes(*pair))
        .collect();
    let [_, weight, sign, _, digits @ ..] = words.as_slice() else {
        return Err("numeric value too short".into());
    };
    if *sign == NUMERIC_NAN {
        return Ok(Value::Real(f64::NAN));
    }
    let weight = i32::from(weight.cast_signed());
    let negative = *sign == NUMERIC_NEGATIVE;
    if i32::try_from(digits.len())? <= weight + 1 {
        let whole = (0..=weight).try_fold(0_i64, |sum, place| {
            let digit = usize::try_from(place)
                .ok()
                .and_then(|place| digits.get(place));
            sum.checked_mul(10_000)?
                .checked_add(digit.copied().unwrap_or_default().into())
        });
        if let Some(whole) = whole {
            return Ok(Value::Int(if negative { -whole } else { whole }));
        }
    }
    let real: f64 = digits
        .iter()
        .zip(0..)
        .map(|(digit, place)| f64::from(*digit) * 10_000_f64.powi(weight - place))
        .sum();
    Ok(Value::Real(if negative { -real } else { real }))
}
