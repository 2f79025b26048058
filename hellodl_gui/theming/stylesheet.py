"""Qt style sheet of a theme."""

from core.paths import resource
from hellodl_gui.theming.theme import Theme

_BRIGHT = "#dfe4ea"
"""Behind pictures of Qt's own, which are dark under every theme."""


def stylesheet(theme: Theme) -> str:
    """Everything Qt's Fusion style does not draw the way the lab wants it."""
    t = theme
    # A style sheet cannot tint a picture: this one is grey enough for every theme.
    chevron = resource("icons/chevron.svg").as_posix()
    is_dark = int(t.on_accent[1:3], 16) < 128
    check = resource(f"icons/{'check-dark' if is_dark else 'check'}.svg").as_posix()
    left = resource("icons/chevron-left.svg").as_posix()
    right = resource("icons/chevron-right.svg").as_posix()
    return f"""
    QMainWindow, QDialog {{ background: {t.window}; }}
    QMainWindow::separator {{ background: {t.window}; width: 6px; height: 6px; }}
    QMainWindow::separator:hover {{ background: {t.accent}; }}

    QDockWidget {{ color: {t.quiet}; }}
    #dock-title {{
        background: {t.panel}; border-top-left-radius: 8px; border-top-right-radius: 8px;
        border-top: 2px solid transparent;
    }}
    #dock-title[lit="true"] {{ border-top-color: {t.accent}; }}
    #dock-name {{ color: {t.quiet}; font-weight: 600; }}
    #dock-title[lit="true"] #dock-name {{ color: {t.text}; }}
    #panel {{
        background: {t.panel}; border-bottom-left-radius: 8px; border-bottom-right-radius: 8px;
    }}

    QTabBar {{ qproperty-drawBase: 0; qproperty-elideMode: ElideNone; }}
    QToolBar {{ border: 0; background: {t.window}; padding: 0; spacing: 0; }}

    QTabBar::tab {{
        background: transparent; color: {t.quiet}; padding: 6px 12px;
        border: 0; border-bottom: 2px solid transparent;
    }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
    QTabBar::tab:hover {{ color: {t.text}; }}
    QTabBar::scroller {{ width: 44px; }}
    QTabBar QToolButton {{ background: {t.window}; border: 0; padding: 0; }}
    QTabBar QToolButton::left-arrow {{ image: url("{left}"); width: 16px; height: 16px; }}
    QTabBar QToolButton::right-arrow {{ image: url("{right}"); width: 16px; height: 16px; }}

    QToolTip {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; padding: 6px 8px;
    }}
    QMenuBar, QMenu {{ background: {t.window}; color: {t.text}; }}
    QMenu {{ border: 1px solid {t.line}; padding: 4px; }}
    QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 4px; }}
    QMenu::item:selected, QMenuBar::item:selected {{
        background: {t.accent}; color: {t.on_accent};
    }}
    QMenu::item:disabled {{ color: {t.quiet}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 8px; }}
    QStatusBar {{ color: {t.quiet}; }}
    QStatusBar::item {{ border: 0; }}

    QPushButton, QToolButton {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 5px 10px;
    }}
    QToolButton[flat="true"] {{ background: transparent; border-color: transparent; padding: 4px; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {t.accent}; }}
    QPushButton:pressed, QToolButton:pressed, QToolButton:checked {{
        background: {t.accent}; color: {t.on_accent};
    }}
    QToolButton[fold="true"], QToolButton[fold="true"]:checked {{
        background: transparent; color: {t.quiet}; border-color: transparent; padding: 4px 0;
    }}
    QToolButton[fold="true"]:hover {{ color: {t.text}; }}
    QFileDialog QToolButton {{ background: {_BRIGHT}; padding: 4px; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {t.quiet}; background: {t.panel}; }}
    QPushButton[main="true"], QToolButton[main="true"] {{
        background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; font-weight: 600;
    }}
    QPushButton:focus, QToolButton:focus, QComboBox:focus, QLineEdit:focus, QListView:focus,
    QTreeView:focus, QTextBrowser:focus {{ border: 1px solid {t.accent}; }}

    #live[edge="live"], #live[edge="still"] {{
        background: transparent; border-color: transparent; font-weight: 600;
    }}
    #live[edge="live"] {{ color: {t.bad}; }}
    #live[edge="past"] {{ border-color: {t.accent}; color: {t.accent}; font-weight: 600; }}
    #live[edge="past"]:pressed {{ color: {t.on_accent}; }}

    #page {{ border: 1px solid transparent; }}
    #page:focus {{ border: 1px solid {t.accent}; }}

    QLineEdit, QComboBox {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 4px 8px; selection-background-color: {t.accent};
    }}
    QLineEdit[wrong="true"] {{ border: 1px solid {t.bad}; }}
    QToolButton[tight="true"], QComboBox[tight="true"] {{ padding: 2px 8px; }}
    QComboBox::drop-down {{ border: 0; width: 24px; }}
    QComboBox::down-arrow {{ image: url("{chevron}"); width: 16px; height: 16px; }}
    QComboBox QAbstractItemView {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.line};
        selection-background-color: {t.accent}; selection-color: {t.on_accent};
    }}

    QSlider {{ min-height: 22px; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.line}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ height: 4px; background: {t.accent}; border-radius: 2px; }}
    QSlider::handle:horizontal {{
        width: 16px; margin: -6px 0; border-radius: 8px; background: {t.text};
        border: 1px solid {t.line};
    }}
    QSlider::sub-page:horizontal:disabled {{ background: {t.quiet}; }}
    QSlider::handle:horizontal:disabled {{ background: {t.line}; }}
    QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{
        background: {t.accent}; border: 2px solid {t.text};
    }}

    QListView, QTreeView, QTextBrowser, QTableView {{
        background: {t.panel}; color: {t.text}; border: 1px solid transparent; border-radius: 6px;
    }}
    QListView::item {{
        padding: 6px 8px 6px 5px; min-height: 20px; border-radius: 6px;
        border-left: 3px solid transparent;
    }}
    QListView::item:selected {{
        background: {t.raised}; color: {t.text}; border-left-color: {t.accent};
    }}
    QListView::item:hover {{ background: {t.raised}; }}

    QTableView::indicator, QListView::indicator, QTreeView::indicator {{
        width: 14px; height: 14px; border: 1px solid {t.quiet}; border-radius: 4px;
        background: {t.raised};
    }}
    QTableView::indicator:hover, QListView::indicator:hover, QTreeView::indicator:hover {{
        border-color: {t.accent};
    }}
    QTableView::indicator:checked, QListView::indicator:checked, QTreeView::indicator:checked {{
        border-color: {t.accent}; background: {t.accent}; image: url("{check}");
    }}

    QHeaderView {{ background: {t.panel}; }}
    QHeaderView::section {{
        background: {t.panel}; color: {t.quiet}; border: 0; border-bottom: 1px solid {t.line};
        padding: 4px 8px;
    }}
    QTableCornerButton::section {{ background: {t.panel}; border: 0; }}

    QScrollArea {{ background: transparent; border: 0; }}
    QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{
        background: {t.line}; border-radius: 4px; min-height: 24px; margin: 1px;
    }}
    QScrollBar::handle:hover {{ background: {t.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

    QProgressBar {{ background: {t.raised}; border: 0; border-radius: 3px; height: 6px; }}
    QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}

    QLabel {{ background: transparent; }}
    QLabel[role="title"] {{ font-size: 17px; font-weight: 700; color: {t.text}; }}
    QLabel[role="quiet"] {{ color: {t.quiet}; }}
    QLabel[role="number"] {{ font-size: 18px; font-weight: 600; color: {t.text}; }}
    QLabel[role="number"][past="true"] {{ color: {t.accent}; }}
    QLabel[role="wrong"] {{ color: {t.bad}; }}
    QLabel[role="good"] {{ color: {t.good}; font-weight: 600; }}
    QLabel[role="doubt"] {{ color: {t.doubt}; font-weight: 600; }}
    QLabel[role="bubble"] {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; border-radius: 6px;
        padding: 5px 8px;
    }}
    QFrame[role="message"], QScrollArea[role="message"] {{
        background: {t.raised}; border: 1px solid {t.line}; border-radius: 8px;
    }}
    QFrame[level="error"] {{ border-left: 4px solid {t.bad}; }}
    QFrame[level="warning"] {{ border-left: 4px solid {t.doubt}; }}
    QFrame[level="info"] {{ border-left: 4px solid {t.accent}; }}
    """
