/*[clinic input]
module m
class m.C "C *" "C_type"
[clinic start generated code]*/

/*[clinic input]
m.f
    a: enum(x=1) = 'y'
[clinic start generated code]*/
