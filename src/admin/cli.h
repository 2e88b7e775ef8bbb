// The command line. `fogbank start` serves; every other command talks to a running server through /_fogbank with its admin token.
#pragma once

namespace fogbank::admin {

int run_command_line(int argc, char** argv);

}  // namespace fogbank::admin
