// Reading a form or query string "a=1&b=x%20y" by name.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace fogbank {

/// The decoded value of the first parameter of that name; a name without '=' has the empty value.
std::optional<std::string> form_value(std::string_view form, std::string_view name);

}  // namespace fogbank
