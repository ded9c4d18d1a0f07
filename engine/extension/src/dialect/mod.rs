//! The SQL that every part reads: sqlparser's most permissive dialect and DuckDB's forms on top.
//!
//! A dialect may read an expression before the parser does ([`Dialect::parse_prefix`] and
//! [`Dialect::parse_infix`]). Each form that we read so is a file here. What no hook can reach is
//! rewritten on the tokens, by the planner.

mod distinct_from;
mod lambda;
mod list;
mod marker;
mod operator;
mod prefix_alias;
mod unary;

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Token, Word};

pub use marker::{ASOF_MARKER, marked};
pub use operator::GLOB;
pub use prefix_alias::named;

/// What a form made of the tokens at the parser's place; `None` leaves them where they are.
type Read<T> = Option<Result<T, ParserError>>;

/// Forms at the start of an expression, in the order in which they are tried.
const PREFIXES: [fn(&mut Parser<'_>) -> Read<Expr>; 5] =
    [marker::parse, list::parse, lambda::parse, prefix_alias::parse, unary::parse];

/// sqlparser's most permissive dialect and what DuckDB's users expect on top.
#[derive(Debug, Clone, Copy)]
pub struct FriendlyDialect;

macro_rules! accept {
    ($($method:ident)*) => {
        $(fn $method(&self) -> bool {
            true
        })*
    };
}

impl Dialect for FriendlyDialect {
    /// The parser asks for types of dialects in places; there it should see the permissive one.
    fn dialect(&self) -> TypeId {
        GenericDialect {}.dialect()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        GenericDialect {}.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        GenericDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        GenericDialect {}.is_identifier_part(ch)
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Read<Expr> {
        PREFIXES.iter().find_map(|parse| parse(parser))
    }

    fn parse_infix(&self, parser: &mut Parser<'_>, left: &Expr, precedence: u8) -> Read<Expr> {
        distinct_from::parse(parser, left).or_else(|| operator::parse(parser, left, precedence))
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Read<u8> {
        operator::precedence(parser).map(Ok)
    }

    // What the permissive dialect accepts.
    accept! {
        allow_extract_custom
        allow_extract_single_quotes
        support_map_literal_syntax
        supports_array_join_syntax
        supports_array_typedef_with_brackets
        supports_asc_desc_in_column_definition
        supports_bitwise_shift_operators
        supports_comma_separated_set_assignments
        supports_comma_separated_trim
        supports_comment_on
        supports_comment_optimizer_hint
        supports_connect_by
        supports_constraint_keyword_without_name
        supports_create_index_with_clause
        supports_create_view_comment_syntax
        supports_cte_without_as
        supports_data_type_signed_suffix
        supports_detach
        supports_dictionary_syntax
        supports_empty_projections
        supports_explain_with_utility_options
        supports_extract_comma_syntax
        supports_filter_during_aggregation
        supports_from_first_select
        supports_group_by_expr
        supports_group_by_with_modifier
        supports_install
        supports_interpolate
        supports_interval_options
        supports_key_column_option
        supports_left_associative_joins_without_parens
        supports_limit_by
        supports_limit_comma
        supports_load_extension
        supports_match_against
        supports_match_recognize
        supports_multiline_comment_hints
        supports_named_fn_args_with_assignment_operator
        supports_nested_comments
        supports_optimize_table
        supports_parens_around_table_factor
        supports_parenthesized_set_variables
        supports_partition_by_after_order_by
        supports_pipe_operator
        supports_prewhere
        supports_quote_delimited_string
        supports_select_format
        supports_select_item_multi_column_alias
        supports_select_wildcard_except
        supports_select_wildcard_exclude
        supports_select_wildcard_ilike
        supports_select_wildcard_rename
        supports_select_wildcard_replace
        supports_set_names
        supports_settings
        supports_start_transaction_modifier
        supports_string_escape_constant
        supports_struct_literal
        supports_try_convert
        supports_unicode_string_literal
        supports_update_order_by
        supports_user_host_grantee
        supports_values_as_table_factor
        supports_window_clause_named_window_reference
        supports_window_function_null_treatment_arg
        supports_with_fill
        supports_xml_expressions
    }

    // What DuckDB accepts beyond it. Trailing commas are dropped on the tokens: the parser takes a comma
    // for the last wherever a keyword follows, as in `lead(value, offset => 2)`.
    accept! {
        supports_alter_column_type_using
        supports_notnull_operator
        supports_numeric_literal_underscores
        supports_order_by_all
        supports_select_expr_star
    }
}

/// The unquoted word at `ahead`, if there is one.
fn word<'p>(parser: &'p Parser<'_>, ahead: usize) -> Option<&'p Word> {
    match &parser.peek_nth_token_ref(ahead).token {
        Token::Word(word) if word.quote_style.is_none() => Some(word),
        _ => None,
    }
}

fn is_word(parser: &Parser<'_>, ahead: usize, text: &str) -> bool {
    word(parser, ahead).is_some_and(|word| word.value.eq_ignore_ascii_case(text))
}
