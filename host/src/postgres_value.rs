//! Values between `spin:postgres` and tokio-postgres: those our schema uses; others are clear errors.
use std::fmt::Write as _;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Row, types};

use crate::bindings::spin::postgres::postgres::{
    Column, DbDataType, DbValue, Error, ParameterValue,
};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// Decimal digits in one digit of a `numeric`.
const DIGITS: usize = 4;
const NUMERIC_NEGATIVE: u16 = 0x4000;
const NUMERIC_NAN: u16 = 0xc000;

/// Null of whatever type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Failure> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A parameter as tokio-postgres takes it.
pub type Parameter = Box<dyn ToSql + Send + Sync>;

/// Makes a [`Parameter`] of the guest's value.
pub fn parameter(value: ParameterValue) -> Result<Parameter, Error> {
    Ok(match value {
        ParameterValue::Boolean(value) => Box::new(value),
        ParameterValue::Int8(value) => Box::new(value),
        ParameterValue::Int16(value) => Box::new(value),
        ParameterValue::Int32(value) => Box::new(value),
        ParameterValue::Int64(value) => Box::new(value),
        ParameterValue::Floating32(value) => Box::new(value),
        ParameterValue::Floating64(value) => Box::new(value),
        ParameterValue::Str(value) => Box::new(value),
        ParameterValue::Binary(value) => Box::new(value),
        ParameterValue::DbNull => Box::new(Null),
        other => {
            let words = format!("this host takes no such parameter: {other:?}");
            return Err(Error::BadParameter(words));
        }
    })
}

/// Name and type of a column.
pub fn column(column: &tokio_postgres::Column) -> Column {
    Column {
        name: column.name().to_owned(),
        data_type: match *column.type_() {
            Type::BOOL => DbDataType::Boolean,
            Type::INT2 => DbDataType::Int16,
            Type::INT4 => DbDataType::Int32,
            Type::INT8 => DbDataType::Int64,
            Type::FLOAT4 => DbDataType::Floating32,
            Type::FLOAT8 => DbDataType::Floating64,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => DbDataType::Str,
            Type::BYTEA => DbDataType::Binary,
            Type::JSON | Type::JSONB => DbDataType::Jsonb,
            Type::NUMERIC => DbDataType::Decimal,
            ref other => DbDataType::Other(other.name().to_owned()),
        },
    }
}

/// The value in a column of a row.
pub fn value(row: &Row, index: usize) -> Result<DbValue, Error> {
    let cell = row.try_get::<_, Cell>(index);
    let cell = cell.map_err(|error| Error::ValueConversionFailed(error.to_string()))?;
    Ok(cell.0)
}

struct Cell(DbValue);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Self(match *ty {
            Type::BOOL => DbValue::Boolean(types::FromSql::from_sql(ty, raw)?),
            Type::INT2 => DbValue::Int16(types::FromSql::from_sql(ty, raw)?),
            Type::INT4 => DbValue::Int32(types::FromSql::from_sql(ty, raw)?),
            Type::INT8 => DbValue::Int64(types::FromSql::from_sql(ty, raw)?),
            Type::FLOAT4 => DbValue::Floating32(types::FromSql::from_sql(ty, raw)?),
            Type::FLOAT8 => DbValue::Floating64(types::FromSql::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
                DbValue::Str(types::FromSql::from_sql(ty, raw)?)
            }
            Type::BYTEA => DbValue::Binary(raw.to_vec()),
            Type::JSON => DbValue::Jsonb(raw.to_vec()),
            // The first byte is a version.
            Type::JSONB => DbValue::Jsonb(raw.get(1..).unwrap_or_default().to_vec()),
            Type::NUMERIC => DbValue::Decimal(decimal(raw)?),
            _ => DbValue::Unsupported(raw.to_vec()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Self(DbValue::DbNull))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A `numeric` in decimal: digits to the base 10,000, the first one worth `10_000^weight`, `scale` decimal places.
fn decimal(raw: &[u8]) -> Result<String, Failure> {
    let words: Vec<u16> = raw
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_be_bytes(*pair))
        .collect();
    let [_, weight, sign, scale, digits @ ..] = words.as_slice() else {
        return Err("numeric value too short".into());
    };
    if *sign >= NUMERIC_NAN {
        return Ok("NaN".to_owned());
    }
    let weight = i32::from(weight.cast_signed());
    let digit = |place: i32| {
        let index = usize::try_from(weight - place).ok();
        let digit = index.and_then(|index| digits.get(index));
        digit.copied().unwrap_or_default()
    };
    let mut text = String::new();
    for place in (0..=weight.max(0)).rev() {
        write!(text, "{:0DIGITS$}", digit(place))?;
    }
    let whole = text.trim_start_matches('0');
    let mut text = if whole.is_empty() { "0" } else { whole }.to_owned();
    let scale = usize::from(*scale);
    if scale > 0 {
        let mut fraction = String::new();
        for place in 1..=i32::try_from(scale.div_ceil(DIGITS))? {
            write!(fraction, "{:0DIGITS$}", digit(-place))?;
        }
        text = format!("{text}.{}", &fraction[..scale]);
    }
    Ok(match *sign {
        NUMERIC_NEGATIVE => format!("-{text}"),
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::decimal;

    fn numeric(weight: i16, sign: u16, scale: u16, digits: &[u16]) -> String {
        let head = [0, weight.cast_unsigned(), sign, scale];
        let words = head.iter().chain(digits);
        let raw: Vec<u8> = words.flat_map(|word| word.to_be_bytes()).collect();
        decimal(&raw).unwrap()
    }

    #[test]
    fn decimals_are_written_out() {
        assert_eq!(numeric(0, 0, 0, &[]), "0");
        assert_eq!(numeric(0, 0, 0, &[7]), "7");
        assert_eq!(numeric(1, 0, 0, &[1]), "10000");
        assert_eq!(numeric(1, 0x4000, 0, &[12, 34]), "-120034");
        assert_eq!(numeric(0, 0, 2, &[3, 1400]), "3.14");
        assert_eq!(numeric(-1, 0, 3, &[50]), "0.005");
        assert_eq!(numeric(-2, 0, 6, &[1200]), "0.000012");
        assert_eq!(numeric(0, 0xc000, 0, &[]), "NaN");
        assert!(decimal(&[0, 0]).is_err());
    }
}
