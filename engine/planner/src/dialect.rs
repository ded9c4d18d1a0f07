//! The SQL we accept beyond standard SQL.

use std::any::TypeId;

use datafusion::config::Dialect as DialectName;
use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, dialect_from_str};
use extension::{Error, Result};

/// The dialect of the session: ours, unless `datafusion.sql_parser.dialect` names another.
pub(crate) fn of(state: &SessionState) -> Result<Box<dyn Dialect>> {
    let name = state.config_options().sql_parser.dialect;
    match name {
        DialectName::Generic => Ok(Box::new(FriendlyDialect)),
        name => dialect_from_str(name).ok_or_else(|| {
            Error::invalid_input(format!("unknown SQL dialect '{name}'"))
                .with_hint(format!("dialects: {}", DialectName::available()))
        }),
    }
}

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
        supports_projection_trailing_commas
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

    // What DuckDB accepts beyond it. Commas may trail in select lists alone: elsewhere the parser takes
    // a comma for the last wherever a keyword follows, as in `lead(value, offset => 2)`.
    accept! {
        supports_notnull_operator
        supports_numeric_literal_underscores
        supports_order_by_all
    }
}
