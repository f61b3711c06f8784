// write_stand_in FILE: the small network of the tests, for those that are not in C++.
#include "support/stand_in_model.hpp"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  peel::test::StandIn model;
  model.scale = 12.0f;
  model.shift = -6.0f;
  peel::test::write_stand_in(arguments[1], model);
}
